"""The exceptions, for faults of the emulator."""

from __future__ import annotations

import pickle
import traceback
from typing import Callable, Type

import nebula_explorer as ne
import pytest

Workflow = Callable[[str], int]

ONCE = ne.RetryPolicy.none()


@pytest.mark.parametrize(
    ("fault", "kind", "base"),
    [
        ("refuse", ne.Unreachable, ConnectionError),
        ("drop-before", ne.ConnectionLost, ConnectionError),
        ("cut-body", ne.ConnectionLost, ConnectionError),
        ("delay,seconds=5", ne.TimedOut, TimeoutError),
        ("bad-gateway", ne.UnexpectedResponse, ne.Error),
        ("too-many-requests", ne.UnexpectedResponse, ne.Error),
        ("empty-error", ne.UnexpectedResponse, ne.Error),
        ("internal-error", ne.ApiError, ne.Error),
        ("error-in-success", ne.ApiError, ne.Error),
        ("unknown-code", ne.ApiError, ne.Error),
        ("web-page", ne.UnexpectedResponse, ne.Error),
        ("redirect", ne.Redirected, ne.Error),
    ],
)
def test_the_class_for_a_fault(
    nebula_emulator: ne.Emulator, fault: str, kind: Type[ne.Error], base: Type[Exception]
) -> None:
    explorer = nebula_emulator.explorer(retry=ONCE, timeout=1)
    explorer.sign_in()
    nebula_emulator.set_faults([f"get_job={fault}"])
    # A connection that is refused only after others have broken.
    with pytest.raises((kind, ne.ConnectionLost) if fault == "refuse" else kind):
        explorer.job(1).get()
    with pytest.raises(base) as raised:
        explorer.job(1).get()
    error = raised.value
    assert type(error) is kind and isinstance(error, ne.Error)
    assert (error.operation, error.url, error.attempts) == ("get_job", nebula_emulator.url, 1)
    assert "get_job" in error.message and "nebula" not in error.message.replace("nebula_explorer", "")


def test_fields(nebula_emulator: ne.Emulator) -> None:
    explorer = nebula_emulator.explorer(retry=ONCE, timeout=0.5)
    with pytest.raises(ne.ApiError) as api:
        explorer.job(999).get()
    assert api.value.code is ne.ErrorCode.ERR_NOT_FOUND and api.value.http_status == 404
    assert api.value.name == "ErrNotFound" and api.value.detail == "job 999" and api.value.trace_id
    assert (api.value.kind, api.value.is_retryable) == ("api", False)

    nebula_emulator.set_faults(["get_job=unknown-code"])
    with pytest.raises(ne.ApiError) as unknown:
        explorer.job(1).get()
    assert unknown.value.code not in list(ne.ErrorCode) and isinstance(unknown.value.code, ne.ErrorCode)

    nebula_emulator.set_faults(["get_job=bad-gateway"])
    with pytest.raises(ne.UnexpectedResponse) as page:
        explorer.job(1).get()
    assert (page.value.http_status, page.value.title, page.value.is_page) == (502, "502 Bad Gateway", True)
    assert page.value.is_retryable

    nebula_emulator.set_faults(["get_job=delay,seconds=5"])
    with pytest.raises(ne.TimedOut) as silent:
        explorer.job(1).get()
    assert (silent.value.limit, silent.value.connecting) == (0.5, False)


def test_a_rejected_account(nebula_emulator: ne.Emulator) -> None:
    explorer = nebula_emulator.explorer(password="wrong-secret")
    with pytest.raises(ne.SignInFailed) as raised:
        explorer.sign_in()
    assert isinstance(raised.value, ne.ApiError) and raised.value.operation == "connect"


def test_a_lost_response_to_a_run(nebula_emulator: ne.Emulator, workflow: Workflow) -> None:
    explorer = nebula_emulator.explorer(timeout=1)
    nebula_emulator.set_faults(["run_workflow=drop-after,times=1"])
    with pytest.raises(ne.OutcomeUnknown) as raised:
        explorer.workflow(workflow("pagerank")).run()
    error = raised.value
    assert error.workflow_id == workflow("pagerank") and error.candidates == ()
    assert isinstance(error.lost_by, ne.ConnectionLost) and error.sent_after is not None
    assert nebula_emulator.jobs() == 1

    nebula_emulator.set_faults(["run_workflow=drop-after,times=1"])
    job = explorer.workflow(workflow("slow")).run(on_unknown_outcome="reconcile", grace_period=10)
    assert nebula_emulator.jobs() == 2 and job.get().workflow_id == workflow("slow")


def test_exceptions_and_data_can_be_pickled(explorer: ne.Explorer, workflow: Workflow) -> None:
    job = explorer.workflow(workflow("slow")).run().cancel_and_wait()
    with pytest.raises(ne.JobInterrupted) as interrupted:
        explorer.job(job.id).wait()
    with pytest.raises(ne.Unreachable) as unreachable:
        ne.Explorer("http://127.0.0.1:1", token="t", retry=ONCE).job(1).get()
    for value in [interrupted.value, unreachable.value]:
        copy = pickle.loads(pickle.dumps(value))
        assert type(copy) is type(value) and vars(copy) == vars(value) and str(copy) == str(value)
    for data in [job, job.tasks[0], ne.JobStatus.SUCCESS, ne.JobStatus(77), ne.Run(1), ne.RetryPolicy.none()]:
        assert pickle.loads(pickle.dumps(data)) == data
        assert hash(data) == hash(pickle.loads(pickle.dumps(data)))


def test_no_secret_is_shown(nebula_emulator: ne.Emulator) -> None:
    explorer = ne.Explorer(
        nebula_emulator.url,
        graph="127.0.0.1:9669",
        user="root",
        password="nebula-secret",
        headers={"X-Gateway": "header-secret"},
        retry=ONCE,
    )
    with pytest.raises(ne.SignInFailed) as raised:
        explorer.job(1).get()
    token = nebula_emulator.explorer().sign_in()
    shown = [repr(explorer), repr(explorer.job(1)), repr(token), repr(vars(explorer)), repr(raised.value)]
    shown += traceback.format_exception(type(raised.value), raised.value, raised.value.__traceback__)
    # With the variables of the package's own functions, as error reports have them.
    summary = traceback.TracebackException(
        type(raised.value), raised.value, raised.value.__traceback__, capture_locals=True
    )
    for frame in summary.stack:
        if "nebula_explorer" in frame.filename:
            shown += [f"{name}={value}" for name, value in (frame.locals or {}).items()]
    text = "\n".join(shown)
    for secret in ["nebula-secret", "header-secret", token.secret]:
        assert secret not in text


def test_statuses_that_are_not_listed_are_kept() -> None:
    status = ne.JobStatus(77)
    assert (status, int(status), str(status), f"{status:>4}") == (77, 77, "77", "  77")
    assert not status.is_terminal and status.description is None and repr(status) == "<JobStatus.77: 77>"
    assert str(ne.JobStatus.SUCCESS) == "Success" and f"{ne.JobStatus.SUCCESS}" == "Success"
    with pytest.raises(ValueError):
        ne.JobStatus("Success")  # type: ignore[arg-type]
