"""The client for asyncio."""

from __future__ import annotations

import asyncio
import inspect
from typing import AsyncIterator, Callable, List

import nebula_explorer as ne
import pytest
import pytest_asyncio
from nebula_explorer import conditions

Workflow = Callable[[str], int]

INPUT = {"query_1": {"name": "Tim Duncan"}}
OFTEN = ne.PollIntervals(initial_delay=0.02, factor=1)


@pytest_asyncio.fixture
async def client(nebula_emulator: ne.Emulator) -> AsyncIterator[ne.AsyncExplorer]:
    async with nebula_emulator.async_explorer() as client:
        yield client


async def test_from_a_workflow_to_rows(client: ne.AsyncExplorer, workflow: Workflow) -> None:
    job = await client.workflow(workflow("pagerank")).run(INPUT)
    seen: List[ne.Job] = []
    ended = await job.wait(timeout=60, progress=seen.append, intervals=OFTEN)
    assert seen[-1] == ended == await job.get()
    rows = await job.task(ended.task("PageRank").id).rows(columns=["vid", "value"])
    assert rows.columns == {"vid": "str", "value": "float"} and len(rows) > 0


async def test_iterators(client: ne.AsyncExplorer, workflow: Workflow) -> None:
    runs = (ne.Run(workflow("pagerank"), INPUT) for _ in range(3))
    batch = [run.result() async for run in client.batch(runs, parallel=2, intervals=OFTEN)]
    ids = {job.id for job in batch}
    assert {job.id async for job in client.jobs()} == ids
    assert [len(page.jobs) async for page in client.jobs(page_size=2).by_page()] == [2, 1]
    assert (await client.jobs().page()).total == 3
    assert {watched.job_id async for watched in client.watch(ids)} == ids
    changes = [change async for change in client.job(min(ids)).progress()]
    assert isinstance(changes[-1], ne.Job)


async def test_calls_run_at_the_same_time(client: ne.AsyncExplorer, nebula_emulator: ne.Emulator) -> None:
    nebula_emulator.set_faults(["list_jobs=delay,seconds=0.3"])
    start = asyncio.get_running_loop().time()
    await asyncio.gather(*(client.jobs().page() for _ in range(10)))
    assert asyncio.get_running_loop().time() - start < 1.5
    assert nebula_emulator.sign_ins() == 1


async def test_the_loop_is_not_blocked(client: ne.AsyncExplorer, workflow: Workflow) -> None:
    job = await client.workflow(workflow("slow")).run()
    wait = asyncio.create_task(job.wait())
    ticks = 0
    for _ in range(20):
        await asyncio.sleep(0.005)
        ticks += 1
    assert ticks == 20 and not wait.done()
    wait.cancel()


async def test_cancelling_a_wait_leaves_the_job_running(client: ne.AsyncExplorer, workflow: Workflow) -> None:
    job = await client.workflow(workflow("slow")).run()
    wait = asyncio.create_task(job.wait())
    await asyncio.sleep(0.1)
    wait.cancel()
    with pytest.raises(asyncio.CancelledError):
        await wait
    with pytest.raises(asyncio.TimeoutError):
        await asyncio.wait_for(job.wait_until(conditions.ended()), 0.1)
    assert not (await job.get()).status.is_terminal


async def test_polls_end_with_a_cancelled_wait(
    client: ne.AsyncExplorer, nebula_emulator: ne.Emulator, workflow: Workflow
) -> None:
    job = await client.workflow(workflow("slow")).run()
    wait = asyncio.create_task(job.wait(intervals=OFTEN))
    await asyncio.sleep(0.2)
    wait.cancel()
    await asyncio.sleep(0.1)
    polls = nebula_emulator.calls("get_job")
    assert polls > 2
    await asyncio.sleep(0.2)
    assert nebula_emulator.calls("get_job") == polls


async def test_an_iteration_that_is_cancelled_can_be_continued(client: ne.AsyncExplorer, workflow: Workflow) -> None:
    jobs = [(await client.workflow(workflow("pagerank")).run(INPUT)).id for _ in range(2)]
    watcher = client.watch(jobs, intervals=OFTEN)
    statuses: dict[int, ne.JobStatus] = {}
    while True:
        try:
            watched = await asyncio.wait_for(watcher.__anext__(), 0.01)
        except asyncio.TimeoutError:
            continue
        except StopAsyncIteration:
            break
        statuses[watched.job_id] = watched.result().status
    assert statuses == {job: ne.JobStatus.SUCCESS for job in jobs}


async def test_exceptions(client: ne.AsyncExplorer) -> None:
    with pytest.raises(ne.ApiError) as raised:
        await client.job(999).get()
    assert raised.value.code is ne.ErrorCode.ERR_NOT_FOUND


async def test_the_blocking_client_in_a_thread(explorer: ne.Explorer, workflow: Workflow) -> None:
    job = await asyncio.to_thread(explorer.workflow(workflow("pagerank")).run, INPUT)
    assert (await asyncio.to_thread(job.wait)).status is ne.JobStatus.SUCCESS


def test_both_clients_have_the_same_methods() -> None:
    renamed = {"__iter__": "__aiter__", "__next__": "__anext__", "__enter__": "__aenter__", "__exit__": "__aexit__"}
    for blocking in [ne.Explorer, ne.WorkflowHandle, ne.JobHandle, ne.TaskHandle, ne.Jobs, ne.Items, ne.Watcher]:
        asynchronous = vars(ne)[f"Async{blocking.__name__}"]
        for method, function in inspect.getmembers(blocking, inspect.isfunction):
            counterpart = getattr(asynchronous, renamed.get(method, method))
            ours, theirs = inspect.signature(function).parameters, inspect.signature(counterpart).parameters
            shapes = [[(each.name, each.default, each.kind) for each in side.values()] for side in (ours, theirs)]
            assert shapes[0] == shapes[1], f"{blocking.__name__}.{method}"
