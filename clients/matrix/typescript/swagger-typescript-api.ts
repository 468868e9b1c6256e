import { Api, type HttpResponse } from "./generated/swagger-typescript-api/client";
import { cookie, input, main, workflow } from "./steps";

// The generated client throws a response that is an error.
async function envelope<Envelope>(call: Promise<HttpResponse<Envelope, unknown>>): Promise<Envelope> {
  const { data, error } = await call.catch((response: HttpResponse<Envelope, unknown>) => response);
  return (error as Envelope) ?? data;
}

main(async ({ url, account, graph }) => {
  const connected = new Api({ baseUrl: url, baseApiParams: { headers: { Authorization: `Bearer ${account}` } } });
  const { headers } = await connected.apiOpen.connect(graph);
  const api = new Api({ baseUrl: url, baseApiParams: { headers: { Cookie: cookie(headers.getSetCookie()) } } }).apiOpen;
  return {
    list: (filter) => envelope(api.listJobs({ filter })),
    get: (jobId) => envelope(api.getJob(jobId)),
    run: () => envelope(api.runWorkflow(workflow, { input })),
    rows: (jobId, taskId) => envelope(api.getTaskResult(jobId, taskId, { limit: 1000 })),
  };
});
