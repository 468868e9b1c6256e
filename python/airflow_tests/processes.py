"""Airflow as it is installed: the API server, the scheduler with its workers, the DAG processor and the triggerer."""

from __future__ import annotations

import json
import os
import signal
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from pathlib import Path
from typing import Any, Callable, Dict, List, Optional

#: How long anything may take that Airflow does.
LIMIT = 90


def free_port() -> int:
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        return int(listener.getsockname()[1])


def wait_for(what: str, condition: Callable[[], Any], limit: float = LIMIT) -> Any:
    """The first value of the condition that is true."""
    end = time.monotonic() + limit
    while time.monotonic() < end:
        if value := condition():
            return value
        time.sleep(0.2)
    raise AssertionError(f"within {limit} s there was no {what}")


class Airflow:
    """A complete Airflow in a folder of its own, on free ports of the loopback interface."""

    def __init__(self, home: Path, variables: Dict[str, str]) -> None:
        self.home = home
        self._port = free_port()
        self._url = f"http://127.0.0.1:{self._port}"
        self._token: Optional[str] = None
        self._processes: Dict[str, subprocess.Popen[bytes]] = {}
        self._environment = {
            **os.environ,
            "AIRFLOW_HOME": str(home),
            "AIRFLOW__API__BASE_URL": self._url,
            "AIRFLOW__API_AUTH__JWT_SECRET": "a secret of this test alone, long enough for its algorithm",
            "AIRFLOW__CORE__DAGS_ARE_PAUSED_AT_CREATION": "False",
            "AIRFLOW__CORE__DAGS_FOLDER": str(home / "dags"),
            "AIRFLOW__CORE__EXECUTION_API_SERVER_URL": f"{self._url}/execution/",
            "AIRFLOW__CORE__LOAD_EXAMPLES": "False",
            "AIRFLOW__CORE__PARALLELISM": "4",
            "AIRFLOW__CORE__SIMPLE_AUTH_MANAGER_ALL_ADMINS": "True",
            "AIRFLOW__CORE__TEST_CONNECTION": "Enabled",
            "AIRFLOW__LOGGING__TRIGGER_LOG_SERVER_PORT": str(free_port()),
            "AIRFLOW__LOGGING__WORKER_LOG_SERVER_PORT": str(free_port()),
            # A worker that was killed is noticed soon.
            "AIRFLOW__SCHEDULER__TASK_INSTANCE_HEARTBEAT_SEC": "1",
            "AIRFLOW__SCHEDULER__TASK_INSTANCE_HEARTBEAT_TIMEOUT": "10",
            "AIRFLOW__SCHEDULER__TASK_INSTANCE_HEARTBEAT_TIMEOUT_DETECTION_INTERVAL": "2",
            "AIRFLOW__TRIGGERER__JOB_HEARTBEAT_SEC": "1",
            "AIRFLOW__TRIGGERER__TRIGGERER_HEALTH_CHECK_THRESHOLD": "5",
            # Only this machine is asked.
            "NO_PROXY": "127.0.0.1",
            **variables,
        }

    def start(self) -> None:
        subprocess.run([*_airflow(), "db", "migrate"], env=self._environment, check=True, stdout=subprocess.DEVNULL)
        self.start_process("api-server", "--host", "127.0.0.1", "--port", str(self._port), "--workers", "1")
        for name in ("scheduler", "dag-processor", "triggerer"):
            self.start_process(name)
        wait_for("healthy Airflow", self._is_healthy)

    def start_process(self, name: str, *arguments: str) -> None:
        log = open(self.home / f"{name}.log", "ab")
        command = [*_airflow(), name, *arguments]
        self._processes[name] = subprocess.Popen(
            command, env=self._environment, stdout=log, stderr=log, start_new_session=True
        )

    def kill_process(self, name: str) -> None:
        """With all processes that it has started."""
        process = self._processes.pop(name)
        os.killpg(process.pid, signal.SIGKILL)
        process.wait()

    def stop(self) -> None:
        for name in list(self._processes):
            self.kill_process(name)

    def request(self, method: str, path: str, body: Optional[object] = None) -> Any:
        if self._token is None:
            with urllib.request.urlopen(f"{self._url}/auth/token") as response:
                self._token = json.load(response)["access_token"]
        request = urllib.request.Request(
            f"{self._url}{path}",
            method=method,
            data=None if body is None else json.dumps(body).encode(),
            headers={"Authorization": f"Bearer {self._token}", "Content-Type": "application/json"},
        )
        with urllib.request.urlopen(request) as response:
            return json.load(response)

    def trigger(self, dag: str, conf: Optional[Dict[str, Any]] = None) -> Run:
        wait_for(f"DAG {dag}", lambda: self._has(dag))
        run = self.request("POST", f"/api/v2/dags/{dag}/dagRuns", {"logical_date": None, "conf": conf or {}})
        return Run(self, dag, run["dag_run_id"])

    def _has(self, dag: str) -> bool:
        try:
            return bool(self.request("GET", f"/api/v2/dags/{dag}"))
        except urllib.error.HTTPError:
            return False

    def _is_healthy(self) -> bool:
        try:
            health = self.request("GET", "/api/v2/monitor/health")
        except (OSError, ValueError):
            return False
        names = ("metadatabase", "scheduler", "triggerer", "dag_processor")
        return all((health[name] or {}).get("status") == "healthy" for name in names)


class Run:
    """A run of a DAG. The task `run` is meant unless another one is named."""

    def __init__(self, airflow: Airflow, dag: str, id: str) -> None:
        self._airflow = airflow
        self._dag = dag
        self.id = id

    @property
    def _path(self) -> str:
        return f"/api/v2/dags/{self._dag}/dagRuns/{self.id}"

    def tasks(self) -> List[Dict[str, Any]]:
        listed: List[Dict[str, Any]] = self._airflow.request("GET", f"{self._path}/taskInstances")["task_instances"]
        return listed

    def task(self, task: str = "run") -> Dict[str, Any]:
        return next(found for found in self.tasks() if found["task_id"] == task)

    def end(self) -> str:
        """The state of the run once it has ended."""

        def ended() -> Optional[str]:
            state: str = self._airflow.request("GET", self._path)["state"]
            return state if state in ("success", "failed") else None

        return str(wait_for(f"end of {self._dag}", ended))

    def wait_for_state(self, state: str, task: str = "run", try_number: int = 1) -> Dict[str, Any]:
        def found() -> Optional[Dict[str, Any]]:
            instance = self.task(task)
            return instance if instance["state"] == state and instance["try_number"] >= try_number else None

        return wait_for(f"{state} task {task} of {self._dag}", found)  # type: ignore[no-any-return]

    def set_state(self, state: str, task: str = "run") -> None:
        self._airflow.request("PATCH", f"{self._path}/taskInstances/{task}", {"new_state": state})

    def clear(self, task: str = "run") -> None:
        body = {"dag_run_id": self.id, "task_ids": [task], "dry_run": False, "only_failed": False}
        self._airflow.request("POST", f"/api/v2/dags/{self._dag}/clearTaskInstances", body)

    def xcom(self, key: str = "return_value", task: str = "run", map_index: int = -1) -> Any:
        path = f"{self._path}/taskInstances/{task}/xcomEntries/{key}?map_index={map_index}&deserialize=true"
        return self._airflow.request("GET", path)["value"]

    def log(self, task: str = "run", try_number: int = 1) -> str:
        return json.dumps(self._airflow.request("GET", f"{self._path}/taskInstances/{task}/logs/{try_number}"))


def _airflow() -> List[str]:
    return [sys.executable, "-m", "airflow"]
