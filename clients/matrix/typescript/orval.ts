import axios, { isAxiosError, type AxiosResponse } from "axios";
import { connect, getJob, getTaskResult, listJobs, runWorkflow } from "./generated/orval/client";
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
  axios.defaults.baseURL = url;
  const response = await connect(graph, { headers: { Authorization: `Bearer ${account}` } });
  axios.defaults.headers.common["Cookie"] = cookie(response.headers["set-cookie"]);
  return {
    list: (filter) => envelope(listJobs({ filter })),
    get: (job) => envelope(getJob(job)),
    run: () => envelope(runWorkflow(workflow, { input })),
    rows: (job, task) => envelope(getTaskResult(job, task, { limit: 1000 })),
  };
});
