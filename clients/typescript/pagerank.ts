// Signs in to Explorer, runs the PageRank workflow with a parameter, waits, and prints the rows of the result.

import { setTimeout as sleep } from "node:timers/promises";
import createClient, { type Middleware } from "openapi-fetch";
import type { components, paths } from "./generated/explorer.js";

type Job = components["schemas"]["Job"];

const workflow = 4216617528;
const [success, failed, interrupted] = [2, 3, 4];

class ExplorerError extends Error {}

// Checks every response, because an error may have the HTTP status 200, and keeps the cookie: fetch does so only in browsers.
let cookie: string | undefined;
const session: Middleware = {
  onRequest({ request }) {
    if (cookie) request.headers.set("Cookie", cookie);
  },
  async onResponse({ response }) {
    const { code, message }: components["schemas"]["ErrorEnvelope"] = await response.clone().json();
    if (code !== 0) throw new ExplorerError(`${code} ${message}`);
    const token = response.headers.getSetCookie().find((one) => one.startsWith("explorer_token="));
    if (token) cookie = token.split(";")[0];
  },
};

function environment(name: string): string {
  const value = process.env[name];
  if (value === undefined) throw new ExplorerError(`set ${name}`);
  return value;
}

async function main(): Promise<void> {
  const explorer = createClient<paths>({ baseUrl: environment("NEBULA_EXPLORER_URL") });
  explorer.use(session);

  const graph = new URL(`graph://${environment("NEBULA_EXPLORER_GRAPH")}`);
  const account = [environment("NEBULA_EXPLORER_USER"), environment("NEBULA_EXPLORER_PASSWORD")];
  await explorer.POST("/api-open/v1/connect", {
    headers: { Authorization: `Bearer ${Buffer.from(JSON.stringify(account)).toString("base64")}` },
    body: { address: graph.hostname, port: Number(graph.port) },
  });

  const run = await explorer.POST("/api-open/v1/workflows/{workflow_id}/jobs", {
    params: { path: { workflow_id: workflow } },
    body: { input: { query_1: { name: "Tim Duncan" } } },
  });
  const id = Number(run.data?.data?.id);

  async function wait(): Promise<Job> {
    for (;;) {
      const response = await explorer.GET("/api-open/v1/jobs/{job_id}", { params: { path: { job_id: id } } });
      const job = response.data?.data;
      if (!job) throw new ExplorerError(`the response has no job ${id}`);
      console.error(`job ${id}: status ${job.status}`);
      if ([success, failed, interrupted].includes(job.status)) return job;
      await sleep(200);
    }
  }

  const job = await wait();
  if (job.status !== success) throw new ExplorerError(`job ${id} ended with the status ${job.status}`);

  const pageRank = job.tasks?.find((task) => task.name === "PageRank");
  if (!pageRank) throw new ExplorerError(`job ${id} has no task PageRank`);
  const result = await explorer.GET("/api-open/v1/jobs/{job_id}/tasks/{task_id}/sample_result", {
    params: { path: { job_id: id, task_id: pageRank.id }, query: { limit: 1000 } },
  });
  for (const row of result.data?.data?.items ?? []) console.log(row.join("\t"));
}

main().catch((error: unknown) => {
  console.error(`error: ${error instanceof ExplorerError ? error.message : error}`);
  process.exitCode = 1;
});
