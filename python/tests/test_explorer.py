"""The blocking client."""

from __future__ import annotations

import json
from datetime import datetime, timedelta, timezone
from typing import Callable, Dict, Iterator, List, Union

import nebula_explorer as ne
import pytest
from nebula_explorer import conditions

Workflow = Callable[[str], int]

INPUT = {"query_1": {"name": "Tim Duncan"}}


def test_the_example_of_the_readme(nebula_emulator: ne.Emulator, workflow: Workflow) -> None:
    with ne.Explorer(nebula_emulator.url, graph="192.168.8.111:9669", user="root", password="nebula") as explorer:
        job = explorer.workflow(workflow("pagerank")).run(INPUT, idempotency_key="nightly-2026-11-25")
        ended = job.wait(timeout=3600, progress=True)
        rows = job.task(ended.task("PageRank").id).rows(limit=100_000, columns={"vid": str, "value": float})

    assert ended.status is ne.JobStatus.SUCCESS
    assert ended.created_at is not None and ended.created_at.tzinfo is timezone.utc
    assert nebula_emulator.inputs() == [(job.id, INPUT)]
    assert rows.columns == {"vid": "str", "value": "float"}
    vid, value = rows.to_list()[0]
    assert isinstance(vid, str) and isinstance(value, float)


def test_a_key_has_one_job(explorer: ne.Explorer, nebula_emulator: ne.Emulator, workflow: Workflow) -> None:
    run = explorer.workflow(workflow("pagerank")).run
    assert run(INPUT, idempotency_key="a").id == run(INPUT, idempotency_key="a").id
    recorded = {submission.key: submission for submission in explorer.submissions()}
    assert recorded["a"].job_id == run(INPUT, idempotency_key="a").id and recorded["a"].state == "recorded"
    assert recorded["a"].updated_at.tzinfo is not None
    assert explorer.submissions(key="a", workflow=workflow("pagerank"), limit=5) == (recorded["a"],)
    assert explorer.submissions(state="sending") == explorer.submissions(updated_before=recorded["a"].started_at) == ()
    with pytest.raises(ne.InvalidInput, match="state of a submission"):
        explorer.submissions(state="lost")  # type: ignore[arg-type]
    assert run(INPUT, idempotency_key="b").id != run(INPUT, idempotency_key="a").id
    with pytest.raises(ne.InvalidInput, match="another"):
        run({"query_1": {"name": "Tony Parker"}}, idempotency_key="a")
    assert nebula_emulator.jobs() == 2


@pytest.mark.parametrize(
    "input",
    [
        {"query_1": {"name": None}},
        {"query_1": {"name": True}},
        {"query_1": {"name": float("nan")}},
        {"query_1": {"name": 2**64}},
        {"query_1": {"name": ["a"]}},
        {"query_1": "Tim Duncan"},
        "query_1",
    ],
)
def test_input_that_is_neither_string_nor_number_is_rejected(
    explorer: ne.Explorer, nebula_emulator: ne.Emulator, workflow: Workflow, input: object
) -> None:
    with pytest.raises(ne.InvalidInput, match="query_1|mapping"):
        explorer.workflow(workflow("pagerank")).run(input)  # type: ignore[arg-type]
    assert nebula_emulator.jobs() == 0


def test_numbers_of_the_input_keep_their_type(
    explorer: ne.Explorer, nebula_emulator: ne.Emulator, workflow: Workflow
) -> None:
    parameters: Dict[str, Union[str, int, float]] = {"name": "Tim Duncan", "steps": 2, "big": 2**64 - 1, "negative": -(2**63), "ratio": 0.5}
    explorer.workflow(workflow("pagerank")).run({"query_1": parameters})
    assert nebula_emulator.inputs()[0][1] == {"query_1": parameters}


def test_lists_are_filtered(explorer: ne.Explorer, workflow: Workflow) -> None:
    start = datetime.now(timezone.utc) - timedelta(hours=1)
    job = explorer.workflow(workflow("pagerank")).run(INPUT)
    job.wait()
    other = explorer.workflow(workflow("slow")).run()

    def ids(jobs: ne.Jobs) -> List[int]:
        return [job.id for job in jobs]

    assert ids(explorer.jobs()) == [other.id, job.id]
    assert ids(explorer.jobs(oldest_first=True, page_size=1)) == [job.id, other.id]
    assert ids(explorer.jobs(status=ne.JobStatus.SUCCESS)) == [job.id]
    assert ids(explorer.jobs(workflow=workflow("slow"))) == [other.id]
    assert ids(explorer.workflow(workflow("slow")).jobs()) == [other.id]
    assert ids(explorer.jobs(name=job.get().name)) == [job.id]
    assert ids(explorer.jobs(created_from=start)) == [other.id, job.id]
    assert ids(explorer.jobs(created_to=start)) == []
    assert [len(page.jobs) for page in explorer.jobs(page_size=1).by_page()] == [1, 1]
    page = explorer.jobs(page_size=1).page(2)
    assert (page.jobs[0].id, page.total, page.page, page.page_size) == (job.id, 2, 2, 1)


def test_a_time_without_a_zone_is_rejected(explorer: ne.Explorer) -> None:
    with pytest.raises(ne.InvalidInput, match="no time zone"):
        explorer.jobs(created_from=datetime(2026, 11, 25))


def test_a_wait_that_times_out_leaves_the_job_running(explorer: ne.Explorer, workflow: Workflow) -> None:
    job = explorer.workflow(workflow("slow")).run()
    with pytest.raises(ne.WaitTimedOut) as raised:
        job.wait(timeout=timedelta(milliseconds=100))
    assert isinstance(raised.value, TimeoutError)
    assert (raised.value.job_id, raised.value.limit) == (job.id, 0.1)
    assert raised.value.job is not None and not job.get().status.is_terminal


def test_a_cancelled_job_ends_interrupted(explorer: ne.Explorer, workflow: Workflow) -> None:
    job = explorer.workflow(workflow("slow")).run()
    assert job.cancel().outcome == "requested"
    with pytest.raises(ne.JobInterrupted) as raised:
        job.wait()
    assert raised.value.job.status is ne.JobStatus.INTERRUPTED
    again = job.cancel()
    assert again.outcome == "already_ended" and again.job == raised.value.job

    another = explorer.workflow(workflow("slow")).run()
    assert another.cancel_and_wait().status is ne.JobStatus.INTERRUPTED


def test_a_job_that_fails_is_an_exception(explorer: ne.Explorer, workflow: Workflow) -> None:
    with pytest.raises(ne.JobFailed) as raised:
        explorer.workflow(workflow("pagerank")).run({"query_1": {"nonsense": "a"}}).wait()
    assert raised.value.job.status is ne.JobStatus.FAILED
    assert str(raised.value.job_id) in str(raised.value)


def test_conditions(explorer: ne.Explorer, workflow: Workflow) -> None:
    job = explorer.workflow(workflow("pagerank")).run(INPUT)
    assert job.wait_until(conditions.task_ended("Query")).task("Query").status.is_terminal
    assert job.wait_until(conditions.ended()).status.is_terminal
    assert job.wait_until(lambda job: len(job.tasks) == 2)
    with pytest.raises(ne.ConditionNotMet):
        job.wait_until(conditions.status(ne.JobStatus.FAILED))


def test_an_exception_of_a_condition_ends_the_wait(explorer: ne.Explorer, workflow: Workflow) -> None:
    def fail(job: ne.Job) -> bool:
        raise LookupError("not there")

    with pytest.raises(LookupError, match="not there"):
        explorer.workflow(workflow("slow")).run().wait_until(fail)


def test_a_condition_may_call_the_client(explorer: ne.Explorer, workflow: Workflow) -> None:
    job = explorer.workflow(workflow("pagerank")).run(INPUT)
    assert job.wait_until(lambda _: job.get().status.is_terminal)


def test_progress_as_a_function_gets_every_poll(explorer: ne.Explorer, workflow: Workflow) -> None:
    seen: List[ne.Job] = []
    intervals = ne.PollIntervals(initial_delay=0.01, factor=1)
    ended = explorer.workflow(workflow("pagerank")).run(INPUT).wait(progress=seen.append, intervals=intervals)
    assert len(seen) > 2 and seen[-1] == ended
    assert seen[0].status is not ne.JobStatus.SUCCESS


def test_progress_on_standard_error(
    explorer: ne.Explorer, workflow: Workflow, capsys: pytest.CaptureFixture[str]
) -> None:
    explorer.workflow(workflow("pagerank")).run(INPUT).wait(progress=True)
    lines = capsys.readouterr().err.splitlines()
    assert lines[-1].endswith("2/2 tasks, Success")


def test_an_exception_of_progress_ends_the_wait(explorer: ne.Explorer, workflow: Workflow) -> None:
    def fail(job: ne.Job) -> None:
        raise LookupError("not there")

    with pytest.raises(LookupError):
        explorer.workflow(workflow("slow")).run().wait(progress=fail)


def test_changes_until_the_end(explorer: ne.Explorer, workflow: Workflow) -> None:
    job = explorer.workflow(workflow("pagerank")).run(INPUT)
    *_, last = job.progress(intervals=ne.PollIntervals(initial_delay=0.01))
    assert isinstance(last, ne.Job) and last.status is ne.JobStatus.SUCCESS


def test_watching(explorer: ne.Explorer, workflow: Workflow) -> None:
    jobs = [explorer.workflow(workflow("pagerank")).run(INPUT).id for _ in range(3)]
    watcher = explorer.watch(jobs[:2], intervals=ne.PollIntervals(initial_delay=0.05))
    watcher.add(jobs[2])
    assert watcher.job_ids() == jobs and watcher.remove(jobs[0]) and len(watcher) == 2
    last = {watched.job_id: watched.result().status for watched in watcher}
    assert last == {jobs[1]: ne.JobStatus.SUCCESS, jobs[2]: ne.JobStatus.SUCCESS}


def test_watching_a_job_that_does_not_exist(explorer: ne.Explorer) -> None:
    (watched,) = explorer.watch([999])
    assert watched.job is None and isinstance(watched.error, ne.ApiError)
    with pytest.raises(ne.ApiError):
        watched.result()


def test_a_batch(explorer: ne.Explorer, nebula_emulator: ne.Emulator, workflow: Workflow) -> None:
    names = ["Tim Duncan", "Tony Parker", "Manu Ginobili"]
    taken: List[str] = []

    def runs() -> Iterator[ne.Run]:
        for name in names:
            taken.append(name)
            yield ne.Run(workflow("pagerank"), {"query_1": {"name": name}}, idempotency_key=name)

    batch = explorer.batch(runs(), parallel=2, intervals=ne.PollIntervals(initial_delay=0.05))
    first = next(batch)
    assert len(taken) == 2, "the runs are taken as there is room for them"
    outcomes = {run.index: run.result().status for run in [first, *batch]}
    assert outcomes == {index: ne.JobStatus.SUCCESS for index in range(3)}
    assert nebula_emulator.jobs() == 3


def test_an_exception_of_the_runs_of_a_batch_comes_after_their_outcomes(
    explorer: ne.Explorer, workflow: Workflow
) -> None:
    def runs() -> Iterator[ne.Run]:
        yield ne.Run(workflow("pagerank"), INPUT)
        raise LookupError("no more")

    batch = explorer.batch(runs())
    assert next(batch).result().status is ne.JobStatus.SUCCESS
    with pytest.raises(LookupError, match="no more"):
        next(batch)
    assert list(batch) == []


def test_a_request_for_any_path(explorer: ne.Explorer) -> None:
    envelope = json.loads(explorer.request("GET", "/api-open/v1/jobs", query={"pageSize": "5"}))
    assert envelope["code"] == 0
    with pytest.raises(ne.InvalidInput):
        explorer.request("GET", "jobs")


def test_the_session(explorer: ne.Explorer, nebula_emulator: ne.Emulator) -> None:
    assert explorer.token is None and explorer.server_time is None
    token = explorer.sign_in()
    assert token.remaining is not None and token.remaining > 60
    assert explorer.token is not None and explorer.token.secret == token.secret
    with ne.Explorer(nebula_emulator.url, token=token.secret, cookies=token.other_cookies) as other:
        assert list(other.jobs()) == []
    assert nebula_emulator.sign_ins() == 1


def test_a_closed_client_says_so(nebula_emulator: ne.Emulator) -> None:
    with nebula_emulator.explorer() as explorer:
        job = explorer.job(999)
    with pytest.raises(ne.InvalidInput, match="closed"):
        explorer.jobs()
    with pytest.raises(ne.ApiError):
        job.get()
    assert "closed" in repr(explorer)


@pytest.mark.parametrize(
    "call",
    [
        lambda explorer: explorer.submissions(limit=-1),
        lambda explorer: explorer.job(1).task("a").rows(limit=2**40),
        lambda explorer: explorer.job(2**70).get(),
        lambda explorer: explorer.jobs(page_size=-1),
        lambda explorer: explorer.jobs(workflow=2**64),
        lambda explorer: explorer.watch([2**70]),
        lambda explorer: explorer.batch([], parallel=-1),
        lambda explorer: explorer.workflow(2**70).run(),
    ],
)
def test_numbers_that_are_out_of_range_are_invalid_input(
    explorer: ne.Explorer, call: Callable[[ne.Explorer], object]
) -> None:
    with pytest.raises(ne.InvalidInput, match="out of range"):
        call(explorer)


@pytest.mark.parametrize(
    ("options", "problem"),
    [
        ({"url": "localhost:7002"}, "http"),
        ({"graph": "localhost"}, "ADDRESS:PORT"),
        ({"graph": None}, "graph service"),
        ({"password": None}, "user and a password"),
        ({"timeout": -1}, "timeout"),
        ({"account_encoding": "xml"}, "account_encoding"),
        ({"store": "mysql://a"}, "store|sqlite"),
        ({"retry": ne.RetryPolicy(max_attempts=0)}, "max_attempts"),
        ({"url": "https://localhost", "ca_cert": b"nonsense"}, "certificate"),
    ],
)
def test_invalid_options(options: Dict[str, object], problem: str) -> None:
    valid = {"url": "http://localhost:7002", "graph": "localhost:9669", "user": "root", "password": "nebula-secret"}
    with pytest.raises(ValueError, match=problem) as raised:
        ne.Explorer(**{**valid, **options})  # type: ignore[arg-type]
    assert "nebula-secret" not in str(raised.value)
