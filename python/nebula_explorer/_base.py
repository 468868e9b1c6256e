"""What the blocking and the asynchronous client have in common."""

from __future__ import annotations

import os
from datetime import datetime
from typing import Iterable, List, Literal, Mapping, Optional, Tuple, Type, TypeVar, Union

from . import _native
from ._codes import JobStatus
from ._models import Token
from ._options import RetryPolicy
from ._times import Seconds, to_microseconds, to_seconds
from .errors import InvalidInput

_Self = TypeVar("_Self", bound="Connection")

#: The path of a file, or its contents.
Pem = Union[str, "os.PathLike[str]", bytes]

AccountEncoding = Literal["json-array", "colon"]


class Settings:
    """What a client is set up with, for the native part. It has no representation, because it contains secrets."""

    url: str
    graph: Optional[str]
    user: Optional[str]
    password: Optional[str]
    token: Optional[str]
    cookies: List[str]
    account_encoding: Optional[str]
    request_timeout: Optional[float]
    connect_timeout: Optional[float]
    max_response_bytes: Optional[int]
    ca_cert: Optional[bytes]
    client_cert: Optional[str]
    user_agent: Optional[str]
    headers: List[Tuple[str, str]]
    store: Optional[str]
    retry: Optional[RetryPolicy]


class Connection:
    """Connects a client, and has what needs no request."""

    def __init__(
        self,
        url: str,
        *,
        graph: Optional[str] = None,
        user: Optional[str] = None,
        password: Optional[str] = None,
        token: Optional[str] = None,
        cookies: Iterable[str] = (),
        account_encoding: Optional[AccountEncoding] = None,
        timeout: Optional[Seconds] = None,
        connect_timeout: Optional[Seconds] = None,
        max_response_bytes: Optional[int] = None,
        ca_cert: Optional[Pem] = None,
        client_cert: Optional[Pem] = None,
        headers: Optional[Mapping[str, str]] = None,
        user_agent: Optional[str] = None,
        store: Optional[str] = None,
        retry: Optional[RetryPolicy] = None,
    ) -> None:
        """Checks the options. Sends nothing.

        url: the address of Explorer as it is opened in a browser.
        graph: the graph service to sign in to, `ADDRESS:PORT`, as Explorer reaches it.
        user, password: the account of the graph service.
        token: a token that the caller already has, instead of an account or to begin with; `cookies` are the other cookies of its
            session.
        account_encoding: Explorer 3.1 and 3.2 need `colon`.
        timeout: how long the server may be silent.
        connect_timeout: how long to wait for a connection.
        max_response_bytes: the maximum size of a response, after decompression.
        ca_cert: certificate authorities to trust in addition, in PEM: a path, or the contents as bytes.
        client_cert: a client certificate with its private key, in PEM: a path, or the contents as bytes.
        headers: more headers for every request. Their values are treated as secrets.
        store: where submissions are recorded, such as `sqlite:///path/of/a/file` or `postgres://user:password@host/database`; in
            memory by default. Processes that use the same idempotency keys must share a store.
        retry: which calls are retried.
        """
        settings = Settings()
        settings.url = url
        settings.graph = graph
        settings.user = user
        settings.password = password
        settings.token = token
        settings.cookies = list(cookies)
        settings.account_encoding = account_encoding
        settings.request_timeout = to_seconds(timeout)
        settings.connect_timeout = to_seconds(connect_timeout)
        settings.max_response_bytes = max_response_bytes
        settings.ca_cert = None if ca_cert is None else _read(ca_cert)
        settings.client_cert = None if client_cert is None else _read(client_cert).decode()
        settings.headers = list((headers or {}).items())
        settings.user_agent = user_agent
        settings.store = store
        settings.retry = retry
        self._native: Optional[_native.Client] = _native.Client.connect(settings)

    @classmethod
    def from_profile(cls: Type[_Self], name: Optional[str] = None, *, store: Optional[str] = None) -> _Self:
        """Connects as the command does with `--profile NAME`: with what `nebula-explorer login` has stored.

        The variables that the command reads, `NEBULA_EXPLORER_URL` and so on, take precedence over the profile. Submissions are
        recorded where the command records them, unless a store is given.
        """
        return cls._of(_native.Client.from_settings(name, store))

    @classmethod
    def from_env(cls: Type[_Self], *, store: Optional[str] = None) -> _Self:
        """Connects as the command does without options: with the variables, and with the profile for what they leave out."""
        return cls._of(_native.Client.from_settings(None, store))

    @classmethod
    def _of(cls: Type[_Self], client: _native.Client) -> _Self:
        connection = cls.__new__(cls)
        connection._native = client
        return connection

    @property
    def _client(self) -> _native.Client:
        if self._native is None:
            raise InvalidInput("the client is closed")
        return self._native

    @property
    def url(self) -> str:
        """The address of the server."""
        return self._client.url()

    @property
    def token(self) -> Optional[Token]:
        """The session's token, if there is one. Sends nothing."""
        return self._client.token()

    @property
    def server_time(self) -> Optional[datetime]:
        """A time on the server's clock that is not after now; `None` until it has responded."""
        return self._client.server_time()

    def with_retry(self: _Self, retry: RetryPolicy) -> _Self:
        """The same client with another retry policy. Both share one session."""
        return self._of(self._client.with_retry(retry))

    def __repr__(self) -> str:
        name = type(self).__name__
        return f"<{name} {self.url}>" if self._native else f"<{name}, closed>"


def _read(pem: Pem) -> bytes:
    if isinstance(pem, bytes):
        return pem
    with open(pem, "rb") as file:
        return file.read()


def to_json(value: object) -> str:
    # Not at the top, because few programs need it.
    import json

    return json.dumps(value)


def job_list(
    client: _native.Client,
    workflow: Optional[int],
    name: Optional[str],
    status: Optional[JobStatus],
    created_from: Optional[datetime],
    created_to: Optional[datetime],
    oldest_first: bool,
    page_size: Optional[int],
) -> _native.JobList:
    return client.jobs(
        workflow, name, status, to_microseconds(created_from), to_microseconds(created_to), oldest_first, page_size
    )
