"""The Airflow provider: a connection type, a hook, an operator, a trigger and a sensor. It needs Airflow 3.3 or later."""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING

from .provider import get_provider_info

if TYPE_CHECKING:
    from .hook import NebulaExplorerHook
    from .operator import NebulaExplorerRunOperator
    from .sensor import NebulaExplorerJobSensor
    from .trigger import NebulaExplorerJobTrigger

__all__ = [
    "NebulaExplorerHook",
    "NebulaExplorerJobSensor",
    "NebulaExplorerJobTrigger",
    "NebulaExplorerRunOperator",
    "get_provider_info",
]

_MODULES = {
    "NebulaExplorerHook": ".hook",
    "NebulaExplorerJobSensor": ".sensor",
    "NebulaExplorerJobTrigger": ".trigger",
    "NebulaExplorerRunOperator": ".operator",
}


def __getattr__(name: str) -> object:
    """Imports a class when it is used: Airflow asks for the provider's information while it is being imported itself."""
    if name not in _MODULES:
        raise AttributeError(f"module `{__name__}` has no attribute `{name}`")
    return getattr(import_module(_MODULES[name], __name__), name)
