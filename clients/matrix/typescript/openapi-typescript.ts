import createClient from "openapi-fetch";
import type { paths } from "./generated/openapi-typescript/client";
import { cookie, input, main, workflow, type Envelope } from "./steps";

async function envelope<Data>(call: Promise<{ data?: Envelope<Data>; error?: unknown }>): Promise<Envelope<Data>> {
  const { data, error } = await call;
  return data ?? (error as Envelope<Data>);
}

main(async ({ url, account, graph }) => {
  const headers: Record<string, string> = { Authorization: `Bearer ${account}` };
  const { response } = await createClient<paths>({ baseUrl: url, headers }).POST("/api-open/v1/connect", { body: graph });
  const client = createClient<paths>({ baseUrl: url, headers: { Cookie: cookie(response.headers.getSetCookie()) } });
  return {
    list: (filter) => envelope(client.GET("/api-open/v1/jobs", { params: { query: { filter } } })),
    get: (job_id) => envelope(client.GET("/api-open/v1/jobs/{job_id}", { params: { path: { job_id } } })),
    run: () =>
      envelope(
        client.POST("/api-open/v1/workflows/{workflow_id}/jobs", {
          params: { path: { workflow_id: workflow } },
          body: { input },
        }),
      ),
    rows: (job_id, task_id) =>
      envelope(
        client.GET("/api-open/v1/jobs/{job_id}/tasks/{task_id}/sample_result", {
          params: { path: { job_id, task_id }, query: { limit: 1000 } },
        }),
      ),
  };
});
