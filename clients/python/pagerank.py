"""Signs in to Explorer, runs the PageRank workflow with a parameter, waits, and prints the rows of the result."""

import base64
import json
import os
import sys
import time

from generated.explorer import AuthenticatedClient, Client
from generated.explorer.api.jobs import get_job, run_workflow
from generated.explorer.api.results import get_task_result
from generated.explorer.api.session import connect
from generated.explorer.models import ConnectRequest, Job, RunWorkflowRequest

WORKFLOW = 4216617528
SUCCESS, FAILED, INTERRUPTED = 2, 3, 4


class ExplorerError(Exception):
    """The server responded with an error code, or the job failed."""


def data(envelope):
    """The data of a response, which may be an error with any HTTP status, 200 included."""
    if envelope.code != 0:
        raise ExplorerError(f"{envelope.code} {envelope.message}")
    return envelope.data


def sign_in(url: str, graph: str, user: str, password: str) -> Client:
    address, _, port = graph.rpartition(":")
    account = base64.b64encode(json.dumps([user, password]).encode()).decode()
    with AuthenticatedClient(url, token=account) as client:
        data(connect.sync(client=client, body=ConnectRequest(address=address, port=int(port))))
        token = client.get_httpx_client().cookies["explorer_token"]
    return Client(url, cookies={"explorer_token": token})


def wait(client: Client, job_id: int) -> Job:
    while True:
        job = data(get_job.sync(job_id, client=client))
        print(f"job {job_id}: status {job.status}", file=sys.stderr)
        if job.status in (SUCCESS, FAILED, INTERRUPTED):
            return job
        time.sleep(0.2)


def main() -> None:
    client = sign_in(
        os.environ["NEBULA_EXPLORER_URL"],
        os.environ["NEBULA_EXPLORER_GRAPH"],
        os.environ["NEBULA_EXPLORER_USER"],
        os.environ["NEBULA_EXPLORER_PASSWORD"],
    )
    with client:
        parameters = RunWorkflowRequest.from_dict({"input": {"query_1": {"name": "Tim Duncan"}}})
        job_id = int(data(run_workflow.sync(WORKFLOW, client=client, body=parameters)).id)

        job = wait(client, job_id)
        if job.status != SUCCESS:
            raise ExplorerError(f"job {job_id} ended with the status {job.status}")

        page_rank = next(task for task in job.tasks if task.name == "PageRank")
        result = data(get_task_result.sync(job_id, page_rank.id, client=client, limit=1000))
        for row in result.items:
            print(*row, sep="\t")


if __name__ == "__main__":
    try:
        main()
    except ExplorerError as error:
        sys.exit(f"error: {error}")
