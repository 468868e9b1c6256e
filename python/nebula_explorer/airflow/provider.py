"""What Airflow shows of the provider, and the form of its connection type."""

from __future__ import annotations

from typing import Any, Dict

from .._native import __version__

CONNECTION_TYPE = "nebula_explorer"

_TEXT = {"type": ["string", "null"]}


def get_provider_info() -> Dict[str, Any]:
    """The provider's information, as Airflow's entry point `apache_airflow_provider` defines."""
    return {
        "package-name": "nebula-explorer",
        "name": "NebulaGraph Explorer",
        "description": "Runs workflows of NebulaGraph Explorer.",
        "versions": [__version__],
        "integrations": [
            {
                "integration-name": "NebulaGraph Explorer",
                "tags": ["service"],
            }
        ],
        "operators": [_modules("operator")],
        "sensors": [_modules("sensor")],
        "hooks": [_modules("hook")],
        "triggers": [_modules("trigger")],
        "connection-types": [
            {
                "connection-type": CONNECTION_TYPE,
                "hook-name": "NebulaGraph Explorer",
                "hook-class-name": "nebula_explorer.airflow.hook.NebulaExplorerHook",
                "ui-field-behaviour": {
                    "hidden-fields": ["schema", "port", "extra"],
                    "relabeling": {"host": "URL", "login": "User"},
                    "placeholders": {"host": "http://explorer.example.com:7002", "login": "root"},
                },
                "conn-fields": {
                    "graph": {
                        "label": "Graph service",
                        "schema": _TEXT,
                        "description": "ADDRESS:PORT of the graph service, as Explorer reaches it",
                    },
                    "store_dsn": {
                        "label": "Store of submissions",
                        "schema": {**_TEXT, "format": "password"},
                        "description": "postgres://USER:PASSWORD@HOST/DATABASE, shared by all workers",
                    },
                    "ca_cert": {
                        "label": "CA file",
                        "schema": _TEXT,
                        "description": "Certificate authorities to trust in addition: the path of a PEM file on the workers",
                    },
                    "account_encoding": {
                        "label": "Account encoding",
                        "schema": {**_TEXT, "enum": ["json-array", "colon"], "default": "json-array"},
                        "description": "Explorer 3.1 and 3.2 need colon",
                    },
                    "timeout": {
                        "label": "Timeout",
                        "schema": {"type": ["number", "null"]},
                        "description": "How many seconds the server may be silent",
                    },
                },
            }
        ],
    }


def _modules(name: str) -> Dict[str, Any]:
    return {"integration-name": "NebulaGraph Explorer", "python-modules": [f"nebula_explorer.airflow.{name}"]}
