"""Interrupts, threads, forks, and processes that share a store."""

from __future__ import annotations

import os
import pathlib
import signal
import sys
import threading
import time
from typing import Callable, List

import nebula_explorer as ne
import pytest
from process import run, start

Workflow = Callable[[str], int]

INPUT = {"query_1": {"name": "Tim Duncan"}}


@pytest.mark.parametrize(
    "call",
    [
        "explorer.job(job).wait()",
        "explorer.job(job).wait(progress=True)",
        "explorer.job(job).wait_until(lambda job: False)",
        "list(explorer.job(job).progress())",
        "list(explorer.watch([job]))",
        "list(explorer.batch([ne.Run(workflow)]))",
        "explorer.job(job).get()",
        "explorer.workflow(workflow).run()",
        "list(explorer.jobs())",
        "explorer.job(job).task('a').rows()",
        "explorer.job(job).cancel()",
        "explorer.request('GET', '/api-open/v1/jobs')",
    ],
)
@pytest.mark.nebula_emulator(speed=1)
def test_ctrl_c_interrupts_every_call(nebula_emulator: ne.Emulator, workflow: Workflow, call: str) -> None:
    job = nebula_emulator.explorer().workflow(workflow("slow")).run()
    waits = ("wait", "progress", "watch", "batch")
    if not any(name in call for name in waits):
        operations = ["get_job", "run_workflow", "list_jobs", "get_task_result", "cancel_job"]
        nebula_emulator.set_faults([f"{operation}=delay,seconds=30" for operation in operations])
    code = f"""
job, workflow = int(sys.argv[2]), int(sys.argv[3])
explorer.sign_in()
print("ready", flush=True)
try:
    {call}
except KeyboardInterrupt:
    print("interrupted")
"""
    process = start(code, nebula_emulator.url, job.id, workflow("slow"))
    assert process.stdout is not None and process.stdout.readline() == "ready\n"
    time.sleep(0.3)
    process.send_signal(signal.SIGINT)
    begin = time.monotonic()
    output, errors = process.communicate(timeout=20)
    assert (output, process.returncode) == ("interrupted\n", 0), errors
    assert time.monotonic() - begin < 5
    nebula_emulator.set_faults([])
    assert not job.get().status.is_terminal


def test_importing_loads_no_module_that_takes_long() -> None:
    code = "import sys; before = set(sys.modules); import nebula_explorer; print(*set(sys.modules) - before)"
    loaded = run([sys.executable, "-c", code]).stdout.split()
    assert "nebula_explorer._native" in loaded
    long = {"airflow", "asyncio", "email", "http", "importlib.metadata", "logging", "polars", "pyarrow", "pytest", "urllib.request"}
    assert long.isdisjoint(loaded), long.intersection(loaded)


def test_other_threads_run_during_a_call(explorer: ne.Explorer, nebula_emulator: ne.Emulator) -> None:
    nebula_emulator.set_faults(["get_job=delay,seconds=0.5"])
    ticks = 0
    done = threading.Event()

    def count() -> None:
        nonlocal ticks
        while not done.wait(0.01):
            ticks += 1

    thread = threading.Thread(target=count)
    thread.start()
    with pytest.raises(ne.ApiError):
        explorer.job(999).get()
    done.set()
    thread.join()
    assert ticks > 10


def test_threads_share_a_client(explorer: ne.Explorer, nebula_emulator: ne.Emulator, workflow: Workflow) -> None:
    statuses: List[ne.JobStatus] = []

    def run() -> None:
        statuses.append(explorer.workflow(workflow("pagerank")).run(INPUT).wait().status)

    threads = [threading.Thread(target=run) for _ in range(16)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert statuses == [ne.JobStatus.SUCCESS] * 16
    assert nebula_emulator.sign_ins() == 1


@pytest.mark.skipif(not hasattr(os, "fork"), reason="no fork")
def test_a_forked_process_gets_an_exception_instead_of_waiting_forever(nebula_emulator: ne.Emulator) -> None:
    code = """
explorer.sign_in()
child = os.fork()
if child == 0:
    try:
        explorer.sign_in()
    except RuntimeError as error:
        print(error, flush=True)
    os._exit(0)
os.waitpid(child, 0)
"""
    process = start(code, nebula_emulator.url)
    output, errors = process.communicate(timeout=20)
    assert "was forked" in output and "spawn" in output, errors


@pytest.mark.skipif(not hasattr(os, "fork"), reason="no fork")
def test_a_fork_before_the_first_use_works(nebula_emulator: ne.Emulator) -> None:
    code = """
child = os.fork()
explorer.sign_in()
# In one piece: both write to the same pipe.
os.write(1, b"signed in\\n")
if child:
    os.waitpid(child, 0)
os._exit(0)
"""
    process = start(code, nebula_emulator.url)
    output, errors = process.communicate(timeout=20)
    assert output == "signed in\n" * 2, errors


def test_processes_that_share_a_store_create_one_job_for_a_key(
    nebula_emulator: ne.Emulator, workflow: Workflow, tmp_path: pathlib.Path
) -> None:
    code = """
explorer = ne.Explorer(sys.argv[1], graph='127.0.0.1:9669', user='root', password='nebula', store=sys.argv[3])
print(explorer.workflow(int(sys.argv[2])).run(idempotency_key="nightly").id)
"""
    store = f"sqlite://{tmp_path}/submissions.db"
    processes = [start(code, nebula_emulator.url, workflow("slow"), store) for _ in range(4)]
    outputs = [process.communicate(timeout=60) for process in processes]
    ids = {output for output, _ in outputs}
    assert len(ids) == 1 and nebula_emulator.jobs() == 1, outputs


def test_the_end_of_the_process_during_calls(nebula_emulator: ne.Emulator, workflow: Workflow) -> None:
    """Threads that wait do not keep the process alive, and do not make it crash."""
    code = """
import threading
job = explorer.workflow(int(sys.argv[2])).run()
for _ in range(8):
    threading.Thread(target=lambda: job.wait_until(lambda job: False, intervals=ne.PollIntervals(initial_delay=0.001)), daemon=True).start()
time.sleep(0.3)
print("end")
"""
    process = start(code, nebula_emulator.url, workflow("slow"))
    output, errors = process.communicate(timeout=20)
    assert (output, process.returncode) == ("end\n", 0), errors


