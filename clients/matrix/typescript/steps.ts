// What the program of every generator does: `list [FILTER]`, `get JOB` or `run`, after signing in.

import { setTimeout as sleep } from "node:timers/promises";

export const workflow = 4216617528;
export const input = { query_1: { name: "Tim Duncan" } };

export interface Envelope<Data> {
  code: number;
  message: string;
  data?: Data | null;
}

interface Job {
  id?: unknown;
  status: number;
  tasks?: { id: string; name: string }[] | null;
}

/** The calls of a generated client. An error is returned as the envelope that it is. */
export interface Client {
  list(filter: string | undefined): Promise<Envelope<{ items?: Job[] | null }>>;
  get(job: number): Promise<Envelope<Job>>;
  run(): Promise<Envelope<{ id?: unknown }>>;
  rows(job: number, task: string): Promise<Envelope<{ items?: string[][] | null }>>;
}

export interface Settings {
  url: string;
  account: string;
  graph: { address: string; port: number };
}

export async function main(signIn: (settings: Settings) => Promise<Client>): Promise<void> {
  const [step, argument] = process.argv.slice(2);
  const [address = "", port] = environment("GRAPH").split(":");
  const account = Buffer.from(JSON.stringify([environment("USER"), environment("PASSWORD")])).toString("base64");
  const client = await signIn({ url: environment("URL"), account, graph: { address, port: Number(port) } });
  if (step === "list") {
    for (const job of data(await client.list(argument)).items ?? []) show(job);
  } else if (step === "get") {
    show(data(await client.get(Number(argument))));
  } else {
    const id = Number(data(await client.run()).id);
    let job: Job;
    do {
      await sleep(50);
      job = data(await client.get(id));
    } while (![2, 3, 4].includes(job.status));
    const task = job.tasks?.find((task) => task.name === "PageRank")?.id ?? "";
    for (const row of data(await client.rows(id, task)).items ?? []) console.log(row.join("\t"));
  }
}

/** The cookie in the response to signing in, as a request sends it. */
export function cookie(headers: string[] | undefined): string {
  return headers?.find((header) => header.startsWith("explorer_token="))?.split(";")[0] ?? "";
}

function environment(name: string): string {
  return process.env[`NEBULA_EXPLORER_${name}`] ?? "";
}

function show(job: Job): void {
  console.log(`${Number(job.id)} ${job.status}`);
}

function data<Data>({ code, message, data }: Envelope<Data>): Data {
  if (code === 0 && data) return data;
  console.error(`error: ${code} ${message}`);
  process.exit(1);
}
