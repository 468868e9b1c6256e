import { Configuration, JobsApi, ResponseError, ResultsApi, SessionApi } from "./generated/typescript-fetch";
import { cookie, input, main, workflow } from "./steps";

async function envelope<Envelope>(call: Promise<Envelope>): Promise<Envelope> {
  return call.catch((error: unknown) => {
    if (error instanceof ResponseError) return error.response.json();
    throw error;
  });
}

main(async ({ url, account, graph }) => {
  const session = new SessionApi(new Configuration({ basePath: url, accessToken: account }));
  const { raw } = await session.connectRaw({ connectRequest: graph });
  const headers = { Cookie: cookie(raw.headers.getSetCookie()) };
  const configuration = new Configuration({ basePath: url, headers });
  const [jobs, results] = [new JobsApi(configuration), new ResultsApi(configuration)];
  return {
    list: (filter) => envelope(jobs.listJobs({ filter })),
    get: (jobId) => envelope(jobs.getJob({ jobId })),
    run: () => envelope(jobs.runWorkflow({ workflowId: workflow, runWorkflowRequest: { input } })),
    rows: (jobId, taskId) => envelope(results.getTaskResult({ jobId, taskId, limit: 1000 })),
  };
});
