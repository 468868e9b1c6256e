"""Uses the tools of `nebula-explorer mcp` as a host does, with the official client, and checks what they return.

    python check.py PATH_OF_NEBULA_EXPLORER

The variables of the command name the server, which must be an emulator without jobs.
"""

import asyncio
import base64
import json
import os
import pathlib
import sys
import tempfile

import jsonschema
from mcp import Client, MCPError, StdioServerParameters
from mcp.client.stdio import stdio_client

PAGERANK, SLOW = 4216617528, 4216617531
INPUT = {"query_1": {"name": "Tim Duncan"}}


class Session:
    """A client that checks every result against the schema of its tool, and keeps all of them."""

    def __init__(self, client, tools):
        self.client = client
        self.schemas = {tool.name: tool.output_schema for tool in tools}
        self.called = set()
        self.seen = []

    async def call(self, tool, arguments, is_error=False, **options):
        result = await self.client.call_tool(tool, arguments, **options)
        self.called.add(tool)
        self.seen.append(result.model_dump_json())
        assert bool(result.is_error) == is_error, result
        # The client itself checks results that are no errors.
        jsonschema.validate(result.structured_content, self.schemas[tool])
        assert result.content[0].text, result
        return result.structured_content


async def check_tools(client):
    tools = (await client.list_tools()).tools
    for tool in tools:
        jsonschema.Draft202012Validator.check_schema(tool.input_schema)
        jsonschema.Draft202012Validator.check_schema(tool.output_schema)
        assert tool.description and tool.annotations.read_only_hint is not None, tool
    changing = {tool.name for tool in tools if not tool.annotations.read_only_hint}
    assert changing == {"run_workflow", "cancel_job"}, changing
    return tools


async def check_run(session):
    job = (await session.call("run_workflow", {"workflow": PAGERANK, "input": INPUT}))["id"]
    progress = []

    async def report(done, total, message):
        progress.append((done, total, message))

    waited = await session.call("wait_for_job", {"job": job}, progress_callback=report)
    assert waited["ended"] and waited["job"]["status"] == "Success", waited
    done = [step[0] for step in progress]
    assert len(done) > 1 and done == sorted(set(done)) and progress[-1][0] == progress[-1][1], progress
    rows = await session.call("read_rows", {"job": job, "task": "PageRank"})
    assert rows["is_complete"] and {len(row) for row in rows["rows"]} == {2}, rows
    cut = await session.call("read_rows", {"job": job, "task": "PageRank", "limit": 2})
    assert cut["rows"] == rows["rows"][:2] and not cut["is_complete"], cut
    listed = await session.call("list_jobs", {"status": "success", "workflow": PAGERANK})
    assert job in [found["id"] for found in listed["jobs"]], listed
    assert (await session.call("list_jobs", {"name": "nobody"}))["jobs"] == []


async def check_key(session):
    run = {"workflow": PAGERANK, "input": INPUT, "idempotency_key": f"nightly {session.client.protocol_version}"}
    first, second = [await session.call("run_workflow", run) for _ in range(2)]
    assert first == second, (first, second)
    recorded = await session.call("list_submissions", {"key": run["idempotency_key"]})
    assert [found["job_id"] for found in recorded["submissions"]] == [first["id"]], recorded


async def check_cancellation(session):
    """A call that is given up leaves the job running; `cancel_job` ends it."""
    job = (await session.call("run_workflow", {"workflow": SLOW}))["id"]
    short = await session.call("wait_for_job", {"job": job, "timeout_seconds": 1})
    assert not short["ended"], short
    try:
        await asyncio.wait_for(session.client.call_tool("wait_for_job", {"job": job}), 1)
        raise AssertionError("the call was not cancelled")
    except TimeoutError:
        pass
    assert (await session.call("get_job", {"job": job}))["status"] in ("Preparing", "Running")
    assert (await session.call("cancel_job", {"job": job}))["outcome"] == "requested"
    ended = await session.call("wait_for_job", {"job": job})
    assert ended["failure"]["kind"] == "job interrupted", ended


async def check_errors(session):
    for tool, arguments, kind in [
        ("get_job", {"job": 999999}, "not found"),
        ("get_job", {"job": "x"}, "invalid usage"),
        ("run_workflow", {}, "invalid usage"),
        ("read_rows", {"job": 1, "limit": 0}, "invalid usage"),
    ]:
        error = await session.call(tool, arguments, is_error=True)
        assert error["kind"] == kind and error["error"], error
    code = (await session.call("get_job", {"job": 999999}, is_error=True))["code"]
    explained = await session.call("explain_code", {"code": code})
    assert explained["explanations"][0]["name"] == "ErrNotFound", explained
    try:
        await session.client.call_tool("no_such_tool", {})
        raise AssertionError("an unknown tool was called")
    except MCPError as error:
        assert "no_such_tool" in str(error), error


async def check(program, mode, log, state):
    environment = {name: value for name, value in os.environ.items() if name.startswith("NEBULA_EXPLORER_")}
    environment |= {f"NEBULA_EXPLORER_{folder}_DIR": state for folder in ("CONFIG", "CACHE", "STATE")}
    server = StdioServerParameters(command=program, args=["mcp", "-vv"], env=environment)
    async with Client(stdio_client(server, errlog=log), mode=mode) as client:
        session = Session(client, await check_tools(client))
        for part in (check_run, check_key, check_cancellation, check_errors):
            await part(session)
        assert session.called == set(session.schemas), "each tool is called"
        print(f"protocol {client.protocol_version}: {len(session.seen)} calls of {len(session.schemas)} tools")
        return "\n".join(session.seen)


def secrets(state):
    """The account as it is sent, and the token that the command has stored."""
    account = json.dumps([os.environ["NEBULA_EXPLORER_USER"], os.environ["NEBULA_EXPLORER_PASSWORD"]], separators=(",", ":"))
    (stored,) = pathlib.Path(state).glob("*.json")
    return [account, base64.b64encode(account.encode()).decode(), json.loads(stored.read_text())["token"]]


def main():
    (program,) = sys.argv[1:]
    for mode in ("legacy", "auto"):
        with tempfile.TemporaryDirectory() as state, open(os.path.join(state, "log"), "w+") as log:
            seen = asyncio.run(check(program, mode, log, state))
            log.seek(0)
            written = log.read()
            assert "run_workflow" in written, "requests are logged"
            for secret in secrets(state):
                assert secret not in seen and secret not in written, "a result or the log contains a secret"


main()
