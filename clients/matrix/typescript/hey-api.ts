import { connect, getJob, getTaskResult, listJobs, runWorkflow } from "./generated/hey-api";
import { client } from "./generated/hey-api/client.gen";
import { cookie, input, main, workflow, type Envelope } from "./steps";

async function envelope<Data>(call: Promise<{ data?: Envelope<Data>; error?: unknown }>): Promise<Envelope<Data>> {
  const { data, error } = await call;
  return data ?? (error as Envelope<Data>);
}

main(async ({ url, account, graph }) => {
  client.setConfig({ baseUrl: url });
  const { response } = await connect({ body: graph, auth: account });
  client.setConfig({ baseUrl: url, headers: { Cookie: cookie(response?.headers.getSetCookie()) } });
  return {
    list: (filter) => envelope(listJobs({ query: { filter } })),
    get: (job_id) => envelope(getJob({ path: { job_id } })),
    run: () => envelope(runWorkflow({ path: { workflow_id: workflow }, body: { input } })),
    rows: (job_id, task_id) => envelope(getTaskResult({ path: { job_id, task_id }, query: { limit: 1000 } })),
  };
});
