from generated.openapi_python_client import AuthenticatedClient, Client
from generated.openapi_python_client.api.jobs import get_job, list_jobs, run_workflow
from generated.openapi_python_client.api.results import get_task_result
from generated.openapi_python_client.api.session import connect
from generated.openapi_python_client.models import ConnectRequest, RunWorkflowRequest

import steps


class Steps:
    def __init__(self):
        with AuthenticatedClient(steps.URL, token=steps.ACCOUNT) as client:
            connect.sync(client=client, body=ConnectRequest(address=steps.ADDRESS, port=int(steps.PORT)))
            token = client.get_httpx_client().cookies["explorer_token"]
        self.client = Client(steps.URL, cookies={"explorer_token": token})

    def list(self, *filter):
        return list_jobs.sync(client=self.client, **({"filter_": filter[0]} if filter else {}))

    def get(self, job):
        return get_job.sync(job, client=self.client)

    def run(self):
        body = RunWorkflowRequest.from_dict({"input": steps.INPUT})
        return run_workflow.sync(steps.WORKFLOW, client=self.client, body=body)

    def rows(self, job, task):
        return get_task_result.sync(job, task, client=self.client, limit=1000)


steps.main(Steps())
