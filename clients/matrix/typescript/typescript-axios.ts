import { isAxiosError, type AxiosResponse } from "axios";
import { Configuration, JobsApi, ResultsApi, SessionApi } from "./generated/typescript-axios";
import { cookie, input, main, workflow } from "./steps";

async function envelope<Envelope>(call: Promise<AxiosResponse<Envelope>>): Promise<Envelope> {
  return call.then(
    (response) => response.data,
    (error: unknown) => {
      if (isAxiosError(error) && error.response) return error.response.data;
      throw error;
    },
  );
}

main(async ({ url, account, graph }) => {
  const session = new SessionApi(new Configuration({ basePath: url, accessToken: account }));
  const response = await session.connect(graph);
  const headers = { Cookie: cookie(response.headers["set-cookie"]) };
  const configuration = new Configuration({ basePath: url, baseOptions: { headers } });
  const [jobs, results] = [new JobsApi(configuration), new ResultsApi(configuration)];
  return {
    list: (filter) => envelope(jobs.listJobs(filter)),
    get: (job) => envelope(jobs.getJob(job)),
    run: () => envelope(jobs.runWorkflow(workflow, { input })),
    rows: (job, task) => envelope(results.getTaskResult(job, task, 1000)),
  };
});
