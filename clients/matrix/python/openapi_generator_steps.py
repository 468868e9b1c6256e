import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent / "generated/openapi_generator"))
from openapi_client import ApiClient, ApiException, Configuration, ConnectRequest, JobsApi, ResultsApi
from openapi_client import RunWorkflowRequest, SessionApi

import steps


def envelope(call, *arguments, **options):
    try:
        return call(*arguments, **options)
    except ApiException as error:
        if error.data is None:
            raise
        return error.data


class Steps:
    def __init__(self):
        session = SessionApi(ApiClient(Configuration(host=steps.URL, access_token=steps.ACCOUNT)))
        response = session.connect_with_http_info(ConnectRequest(address=steps.ADDRESS, port=int(steps.PORT)))
        cookie = response.headers["set-cookie"].split(";")[0]
        client = ApiClient(Configuration(host=steps.URL), cookie=cookie)
        self.jobs, self.results = JobsApi(client), ResultsApi(client)

    def list(self, *filter):
        return envelope(self.jobs.list_jobs, *filter)

    def get(self, job):
        return envelope(self.jobs.get_job, job)

    def run(self):
        return envelope(self.jobs.run_workflow, steps.WORKFLOW, RunWorkflowRequest(input=steps.INPUT))

    def rows(self, job, task):
        return envelope(self.results.get_task_result, job, task, 1000)


steps.main(Steps())
