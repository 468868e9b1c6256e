"""The emulator of Explorer, inside the process."""

from __future__ import annotations

import os
from datetime import datetime
from types import TracebackType
from typing import Any, Dict, Iterable, List, Mapping, Optional, Sequence, Tuple, Type, Union

from . import _native
from ._async import AsyncExplorer
from ._base import to_json
from ._sync import Explorer
from ._times import Seconds, to_seconds

#: An option of the emulator's command line and its value: `{"filter_bounds": "exclusive", "omit_data": True}`.
Behaviour = Mapping[str, Union[str, int, float, bool]]


class Emulator:
    """A server that stands in for Explorer and computes real results over a small graph, to develop and to test programs.

    It runs from its creation until `stop`, or to the end of a `with` block.
    """

    def __init__(
        self,
        *,
        speed: Optional[float] = None,
        seed: Optional[int] = None,
        faults: Iterable[str] = (),
        behaviour: Union[str, Behaviour, None] = None,
        token_life: Optional[Seconds] = None,
        accounts: Optional[Mapping[str, str]] = None,
        graph_services: Iterable[str] = (),
        workflows: Optional[Sequence[Mapping[str, Any]]] = None,
        graph: Union[str, "os.PathLike[str]", None] = None,
        server_version: Optional[str] = None,
        secure: bool = False,
        listen: str = "127.0.0.1:0",
    ) -> None:
        """The options are those of the command `nebula-explorer emulator`; its help and its guide explain them.

        speed: how many times faster than real time jobs run.
        seed: makes random faults and a random behaviour reproducible.
        faults: such as `run_workflow=drop-after,times=2`.
        behaviour: what the documentation of the API leaves open: options by name, or `random` or `worst`.
        token_life: how long a token is valid; whole seconds.
        accounts: passwords by user.
        graph_services: `ADDRESS:PORT` each.
        workflows: instead of the built-in ones.
        graph: a file with the graph to compute over.
        """
        arguments = [f"--listen={listen}"]
        options: Dict[str, object] = {
            "speed": speed,
            "seed": seed,
            "token-life": None if token_life is None else round(to_seconds(token_life) or 0),
            "graph": None if graph is None else os.fspath(graph),
            "server-version": server_version,
            "secure": secure,
        }
        if isinstance(behaviour, str):
            options["behaviour"] = behaviour
        else:
            options.update({name.replace("_", "-"): value for name, value in (behaviour or {}).items()})
        for name, value in options.items():
            if value is True:
                arguments.append(f"--{name}")
            elif value is not None and value is not False:
                arguments.append(f"--{name}={value}")
        arguments += [f"--fault={rule}" for rule in faults]
        services = list(graph_services)
        arguments += [f"--graph-service={service}" for service in services]
        self._account = next(iter(accounts.items())) if accounts else _native.emulator_account()
        self._graph = next(iter(services), None) or _native.emulator_graph_service()
        listed = list((accounts or {}).items())
        self._native = _native.start_emulator(
            arguments, listed, None if workflows is None else to_json(list(workflows))
        ).run()
        self._url = self._native.url()

    @property
    def url(self) -> str:
        """The base address."""
        return self._url

    def explorer(self, **options: Any) -> Explorer:
        """A blocking client of it, signed in with its account. The options are those of `Explorer`."""
        return Explorer(self.url, **self._sign_in(options))

    def async_explorer(self, **options: Any) -> AsyncExplorer:
        """A client of it for asyncio."""
        return AsyncExplorer(self.url, **self._sign_in(options))

    def _sign_in(self, options: Dict[str, Any]) -> Dict[str, Any]:
        user, password = self._account
        return {"graph": self._graph, "user": user, "password": password, **options}

    @property
    def workflows(self) -> Dict[int, str]:
        """The names of the workflows, by id."""
        return dict(self._native.workflows())

    @property
    def behaviour(self) -> str:
        """How it decides what the documentation of the API leaves open: options of the command line; empty for the default."""
        return self._native.behaviour()

    @property
    def now(self) -> datetime:
        """The emulated time."""
        return self._native.now()

    def sign_ins(self) -> int:
        """The number of successful sign-ins."""
        return self._native.sign_ins()

    def calls(self, operation_id: str) -> int:
        """The number of requests to an operation, rejected ones included."""
        return self._native.calls(operation_id)

    def jobs(self) -> int:
        """The number of jobs that were created."""
        return self._native.jobs()

    def inputs(self) -> List[Tuple[int, Dict[str, Dict[str, Union[str, int, float]]]]]:
        """The ids of the jobs that were created, with the input of each."""
        import json

        return [(job, json.loads(text)) for job, text in self._native.inputs()]

    def forget_sessions(self) -> None:
        """Closes all sessions, as a restart of the real server does. Jobs are kept."""
        self._native.forget_sessions()

    def set_faults(self, rules: Iterable[str]) -> None:
        """Replaces all fault rules."""
        self._native.set_faults(list(rules))

    def injected(self, fault: str) -> int:
        """How many times a fault, such as `drop-after`, was injected."""
        return self._native.injected(fault)

    def stop(self) -> None:
        """Stops it at once: connections break. Stopping it again has no effect."""
        self._native.stop()

    def shutdown(self) -> None:
        """Stops it once the requests in progress are finished."""
        self._native.shutdown().run()

    def __enter__(self) -> Emulator:
        return self

    def __exit__(
        self,
        kind: Optional[Type[BaseException]],
        error: Optional[BaseException],
        traceback: Optional[TracebackType],
    ) -> None:
        self.stop()

    def __repr__(self) -> str:
        return f"<Emulator {self.url}>"
