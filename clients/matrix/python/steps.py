"""What the program of every generator does: `list [FILTER]`, `get JOB` or `run`, after signing in."""

import base64
import json
import os
import sys
import time

URL, GRAPH, USER, PASSWORD = (os.environ[f"NEBULA_EXPLORER_{name}"] for name in ("URL", "GRAPH", "USER", "PASSWORD"))
ADDRESS, _, PORT = GRAPH.rpartition(":")
ACCOUNT = base64.b64encode(json.dumps([USER, PASSWORD]).encode()).decode()
WORKFLOW = 4216617528
INPUT = {"query_1": {"name": "Tim Duncan"}}


def main(client):
    """Runs the step that the arguments name. The methods of the client return envelopes, also for errors."""
    step, *arguments = sys.argv[1:]
    if step == "list":
        for job in data(client.list(*arguments)).items or []:
            print(int(job.id), int(job.status))
    elif step == "get":
        job = data(client.get(int(arguments[0])))
        print(int(job.id), int(job.status))
    else:
        job_id = int(data(client.run()).id)
        while (job := data(client.get(job_id))).status not in (2, 3, 4):
            time.sleep(0.05)
        task = next(task for task in job.tasks if task.name == "PageRank")
        for row in data(client.rows(job_id, task.id)).items or []:
            print(*row, sep="\t")


def data(envelope):
    if envelope.code == 0 and envelope.data:
        return envelope.data
    sys.exit(f"error: {int(envelope.code)} {envelope.message}")
