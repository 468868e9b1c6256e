"""The package has everything that the Rust SDK has. Both are read from their sources, so there is no list to keep."""

from __future__ import annotations

import inspect
import os
import pathlib
import re
from typing import Dict, Iterator, Set, Tuple

import nebula_explorer as ne
import pytest
from nebula_explorer import _native

REPOSITORY = pathlib.Path(os.environ.get("NEBULA_EXPLORER_REPOSITORY", ""))

pytestmark = pytest.mark.skipif(
    "NEBULA_EXPLORER_REPOSITORY" not in os.environ, reason="NEBULA_EXPLORER_REPOSITORY is not set"
)

#: What has another form in Python, and where it is. Names in the form `Class.method` or `Class.method(parameter)`.
ELSEWHERE = {
    "Explorer.builder": "Explorer",
    "Explorer.new": "Explorer",
    "Watcher.next": "Watcher.__next__",
    "WorkflowHandle.run": "WorkflowHandle.run",
    "Run.param": "WorkflowHandle.run(input)",
    "Run.send": "WorkflowHandle.run",
    "ListJobs.page": "Jobs.page",
    "ListJobs.send": "Jobs.page",
    "ListJobs.by_item": "Jobs.__iter__",
    "ListJobs.by_page": "Jobs.by_page",
    "ReadRows.send": "TaskHandle.rows",
    "ReadRows.raw": "Rows",
    "Wait.send": "JobHandle.wait",
    "Progress.iter": "JobHandle.progress",
    "Batch.iter": "Explorer.batch",
    "Watcher.handle": "Watcher.add",
    "Request.send": "Explorer.request",
    "WatcherHandle.is_empty": "Watcher.__len__",
    "WatcherHandle.len": "Watcher.__len__",
    "ExplorerBuilder.credentials": "Explorer(user)",
    "ExplorerBuilder.request_timeout": "Explorer(timeout)",
    "ExplorerBuilder.certificate_authorities": "Explorer(ca_cert)",
    "ExplorerBuilder.client_certificate": "Explorer(client_cert)",
    "ExplorerBuilder.header": "Explorer(headers)",
    "ExplorerBuilder.submission_store": "Explorer(store)",
    "ExplorerBuilder.build": "Explorer",
    "Emulator.address": "Emulator.url",
    "EmulatorBuilder.account": "Emulator(accounts)",
    "EmulatorBuilder.address": "Emulator(listen)",
    "EmulatorBuilder.fault": "Emulator(faults)",
    "EmulatorBuilder.graph_service": "Emulator(graph_services)",
    "EmulatorBuilder.version": "Emulator(server_version)",
    "EmulatorBuilder.workflow": "Emulator(workflows)",
    "EmulatorBuilder.start": "Emulator",
    "Emulator.builder": "Emulator",
}

#: The method whose parameters are the options of a Rust type.
OPTIONS = {
    "Run": "WorkflowHandle.run",
    "ListJobs": "Explorer.jobs",
    "ReadRows": "TaskHandle.rows",
    "Wait": "JobHandle.wait",
    "Progress": "JobHandle.progress",
    "Batch": "Explorer.batch",
    "Watcher": "Explorer.watch",
    "Request": "Explorer.request",
    "ExplorerBuilder": "Explorer",
    "EmulatorBuilder": "Emulator",
    "WatcherHandle": "Watcher",
}

#: What has no counterpart, and why.
NONE = {
    "Explorer.client": "the generated client is of Rust's types; `request` reaches every path",
    "ExplorerBuilder.wrap_sign_in": "from_profile shares a session among processes",
    "ExplorerBuilder.http_client": "a reqwest client cannot come from Python",
}


def test_every_method_of_the_sdk_has_a_counterpart() -> None:
    sources = ["src/blocking.rs", "src/explorer.rs", "src/jobs/watch.rs", "emulator/src/emulator.rs", "emulator/src/builder.rs"]
    names = [name for source in sources for name in methods((REPOSITORY / source).read_text())]
    assert len(names) > 60
    missing = [name for name in names if name not in NONE and not is_there(name)]
    assert not missing, f"add these to python/nebula_explorer, or to a table of this test: {missing}"


def methods(source: str) -> Iterator[str]:
    """The public methods of each type with their own `impl`, and those inside `options!`."""
    for block in re.finditer(r"^impl(?:<.*?>)? (\w+)(?:<.*?>)? \{\n(.*?)^\}", source, re.MULTILINE | re.DOTALL):
        name, body = block.groups()
        found = re.findall(r"^    pub (?:async )?fn (\w+)", body, re.MULTILINE)
        found += re.findall(r"^        (\w+)\((?:\w+: .*)?\);$", body, re.MULTILINE)
        yield from (f"{name}.{method}" for method in found if name not in ("Driver", "Rounds"))


def is_there(name: str) -> bool:
    if name in ELSEWHERE:
        return resolves(ELSEWHERE[name])
    kind, method = name.split(".")
    return resolves(name) or (kind in OPTIONS and (resolves(f"{OPTIONS[kind]}({method})") or resolves(f"{OPTIONS[kind]}.{method}")))


def resolves(name: str) -> bool:
    path, _, parameter = name.rstrip(")").partition("(")
    found: object = ne
    for part in path.split("."):
        found = getattr(found, part, None)
        if found is None:
            return False
    return not parameter or (callable(found) and parameter in inspect.signature(found).parameters)


def test_no_parameter_takes_a_number_that_is_out_of_range(explorer: ne.Explorer) -> None:
    job = explorer.job(1)
    tried = 0
    # `workflow` and `job` send nothing, and so check nothing yet.
    for owner in (explorer, explorer.workflow(1), job, job.task("a"), explorer.jobs()):
        for name, method in inspect.getmembers(owner, inspect.ismethod):
            parameters = inspect.signature(method).parameters.values()
            required: Dict[str, object] = {parameter.name: [] for parameter in parameters if parameter.default is parameter.empty}
            for parameter in parameters:
                if name.startswith("_") or parameter.annotation not in ("int", "Optional[int]") or name in ("workflow", "job"):
                    continue
                for number in (2**70, -(2**70)):
                    with pytest.raises(ne.InvalidInput, match="out of range"):
                        method(**{**required, parameter.name: number})
                    tried += 1
    assert tried >= 10


def test_every_error_has_a_class() -> None:
    source = (REPOSITORY / "src/error/mod.rs").read_text()
    declared = re.search(r"^pub enum Error \{\n(.*?)^\}", source, re.MULTILINE | re.DOTALL)
    assert declared is not None
    variants = re.findall(r"^    (\w+)(?:\(| \{|,)", declared.group(1), re.MULTILINE)
    assert len(variants) > 15
    mapped = (REPOSITORY / "python/src/error.rs").read_text()
    for variant in variants:
        name = variant if hasattr(ne, variant) else f"{variant}Error"
        assert issubclass(getattr(ne, name), ne.Error), f"add the class {name} to python/nebula_explorer/errors.py"
        assert re.search(rf'Error::{variant}\b.*=> "{name}"', mapped), f"add {variant} to `class` in python/src/error.rs"


@pytest.mark.parametrize(
    ("codes", "listed"), [(ne.JobStatus, _native.job_statuses()), (ne.ErrorCode, _native.error_codes())]
)
def test_codes_are_those_of_the_contract(codes: type[ne.JobStatus], listed: list[Tuple[int, str]]) -> None:
    ours: Dict[int, str] = {int(code): code.name for code in codes}
    assert ours == {number: re.sub(r"(?<!^)([A-Z])", r"_\1", name).upper() for number, name in listed}
    assert all(str(codes(number)) == name for number, name in listed)


def test_everything_public_is_exported() -> None:
    public: Set[str] = {name for name in vars(ne) if not name.startswith("_") and not inspect.ismodule(vars(ne)[name])}
    assert public <= set(ne.__all__) and all(hasattr(ne, name) for name in ne.__all__)
    assert sorted(ne.__all__) == ne.__all__
