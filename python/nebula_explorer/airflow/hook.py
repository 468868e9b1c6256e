"""The hook: clients that are set up from an Airflow connection."""

from __future__ import annotations

import os
from functools import lru_cache
from typing import Any, Dict, Optional, Tuple

from airflow.sdk import BaseHook, Connection
from airflow.sdk.configuration import conf
from airflow.sdk.log import mask_secret

from .. import AsyncExplorer, Error, Explorer
from .._native import store_variable as STORE_VARIABLE
from .provider import CONNECTION_TYPE


class NebulaExplorerHook(BaseHook):
    """Connects to Explorer as a connection of the type `nebula_explorer` says."""

    conn_name_attr = "nebula_explorer_conn_id"
    default_conn_name = "nebula_explorer_default"
    conn_type = CONNECTION_TYPE
    hook_name = "NebulaGraph Explorer"

    def __init__(self, nebula_explorer_conn_id: str = default_conn_name, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.nebula_explorer_conn_id = nebula_explorer_conn_id

    def get_conn(self) -> Explorer:
        """A blocking client, with the store of submissions if there is one."""
        connection = self.get_connection(self.nebula_explorer_conn_id)
        return Explorer(**_options(connection), store=_store(connection))

    def get_submitting_conn(self) -> Explorer:
        """The same, for a caller that runs workflows with idempotency keys.

        Raises `ValueError` if there is no store that all workers share.
        """
        connection = self.get_connection(self.nebula_explorer_conn_id)
        store = _store(connection)
        if store is None:
            raise ValueError(
                f"several workers need a store of submissions that all of them can reach, so that a retry does not run a "
                f"workflow twice: set store_dsn of the connection `{self.nebula_explorer_conn_id}`, or {STORE_VARIABLE} in the "
                "environment of all workers, to postgres://USER:PASSWORD@HOST/DATABASE"
            )
        return Explorer(**_options(connection), store=store)

    async def get_async_conn(self) -> AsyncExplorer:
        """A client for asyncio, without a store. Those who use the same connection share one, and thereby one session."""
        connection = await self.aget_connection(self.nebula_explorer_conn_id)
        return _shared(tuple(_options(connection).items()))

    def test_connection(self) -> Tuple[bool, str]:
        """Signs in. Airflow's button `Test` calls this."""
        try:
            with self.get_conn() as explorer:
                explorer.sign_in()
                return True, f"Signed in at {explorer.url}"
        except (Error, ValueError, OSError) as error:
            return False, str(error)


@lru_cache(maxsize=64)
def _shared(options: Tuple[Tuple[str, Any], ...]) -> AsyncExplorer:
    return AsyncExplorer(**dict(options))


def _options(connection: Connection) -> Dict[str, Any]:
    extra = connection.extra_dejson
    options = {
        "url": _url(connection),
        "user": connection.login or None,
        "password": connection.password or None,
        "timeout": float(extra["timeout"]) if extra.get("timeout") else None,
    }
    for name in ("graph", "ca_cert", "account_encoding"):
        options[name] = extra.get(name) or None
    return options


def _url(connection: Connection) -> str:
    host = connection.host
    if not host:
        raise ValueError(f"the connection `{connection.conn_id}` has no URL: set its host, such as http://localhost:7002")
    if "://" in host:
        return host
    # As a connection that is given as a URI has it.
    port = f":{connection.port}" if connection.port else ""
    return f"{connection.schema or 'http'}://{host}{port}"


def _store(connection: Connection) -> Optional[str]:
    store = connection.extra_dejson.get("store_dsn") or os.environ.get(STORE_VARIABLE)
    if store:
        mask_secret(store)
        return str(store)
    if _has_one_machine():
        return f"sqlite://{os.path.join(_airflow_home(), 'nebula_explorer_submissions.db')}"
    return None


def _has_one_machine() -> bool:
    """Whether all tasks run where the scheduler runs, and share its files."""
    executors = str(conf.get("core", "executor", fallback="LocalExecutor")).split(",")
    return all(executor.strip().rpartition(".")[2] == "LocalExecutor" for executor in executors)


def _airflow_home() -> str:
    return os.path.abspath(os.path.expanduser(os.environ.get("AIRFLOW_HOME", "~/airflow")))
