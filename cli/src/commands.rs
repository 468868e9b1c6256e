//! What each command does.

use std::collections::BTreeMap;
use std::future::IntoFuture as _;
use std::time::Duration;

use clap::CommandFactory as _;
use futures_util::{StreamExt as _, TryStreamExt as _};
use nebula_explorer::operations::CONTRACT;
use nebula_explorer::{Cancellation, Credentials, Error, ErrorCode, Explorer, Job, JobHandle, JobStatus, Task};
use nebula_explorer_emulator::{Emulator, program};
use serde_json::{Map, Value, json};

use crate::arguments::{Arguments, Command, Format, Jobs, Run};
use crate::connection::connect;
use crate::failure::Failure;
use crate::output;

pub async fn run(arguments: Arguments) -> Result<(), Failure> {
    let Arguments { server, output, command } = arguments;
    match command {
        Command::Demo => demo(output).await,
        Command::Run(options) => submit(&connect(&server)?, options, output).await,
        Command::Jobs(command) => jobs(&connect(&server)?, command, output).await,
        Command::Result { job, task, limit } => {
            let job = connect(&server)?.job(job);
            rows(&job, &job.get().await?, task.as_deref(), limit, output).await
        }
        Command::Explain { code } => explain(code, output),
        Command::Contract => output::text(CONTRACT),
        Command::Emulator(options) => Ok(program::run(&options).await?),
        Command::Completions { shell } => {
            let mut script = Vec::new();
            clap_complete::generate(shell, &mut Arguments::command(), "nebula-explorer", &mut script);
            output::text(&String::from_utf8_lossy(&script))
        }
    }
}

async fn demo(format: Option<Format>) -> Result<(), Failure> {
    // An emulator has this account, and its first workflow computes PageRank around a player.
    let emulator = Emulator::builder().speed(2.0).start().await?;
    let (workflow, _) = emulator.workflows().next().ok_or_else(|| Failure::Other("no workflow".into()))?;
    eprintln!("An emulator of Explorer listens on {}", emulator.url());
    let account = Credentials::account("root", "nebula");
    let explorer = Explorer::builder(emulator.url()).graph("127.0.0.1", 9669).credentials(account).build()?;
    let job = explorer.workflow(workflow).run().param("query_1", "name", "Tim Duncan").await?;
    eprintln!("Job {} has been made", job.id());
    let ended = job.wait().await?;
    let last = ended.tasks.last().map(|task| task.id.as_str());
    rows(&job, &ended, last, 10, format).await
}

async fn submit(explorer: &Explorer, options: Run, format: Option<Format>) -> Result<(), Failure> {
    let mut run = explorer.workflow(options.workflow).run();
    if let Some(path) = &options.input {
        let wrong = |problem: String| Failure::Usage(format!("{}: {problem}", path.display()));
        let text = std::fs::read_to_string(path).map_err(|error| wrong(error.to_string()))?;
        let input: BTreeMap<String, Map<String, Value>> =
            serde_json::from_str(&text).map_err(|error| wrong(error.to_string()))?;
        for (task, parameters) in input {
            for (name, value) in parameters {
                run = run.param(&task, name, value);
            }
        }
    }
    for param in &options.params {
        let (task, name, value) = param
            .split_once('=')
            .and_then(|(place, value)| place.split_once('.').map(|(task, name)| (task, name, value)))
            .ok_or_else(|| Failure::Usage(format!("`{param}` is not TASK.PARAM=VALUE")))?;
        run = run.param(task, name, value);
    }
    let job = run.await?;
    if options.detach {
        return output::text(&format!("{}\n", job.id()));
    }
    eprintln!("Job {} has been made", job.id());
    if let Some(task) = &options.result {
        // Before the waiting, not after it.
        task_of(&job.get().await?, Some(task)).map_err(|failure| failure.with("the job goes on running"))?;
    }
    let mut wait = job.wait();
    if let Some(seconds) = options.timeout {
        wait = wait.timeout(Duration::from_secs(seconds));
    }
    let ended = tokio::select! {
        ended = wait.into_future() => ended?,
        Ok(()) = tokio::signal::ctrl_c() => {
            let id = job.id();
            return Err(Failure::Other(format!("job {id} goes on running; to follow it: nebula-explorer jobs watch {id}")));
        }
    };
    match &options.result {
        Some(task) => rows(&job, &ended, Some(task), 10, format).await,
        None => output::records(format, output::JOB, &[output::job(&ended)]),
    }
}

async fn jobs(explorer: &Explorer, command: Jobs, format: Option<Format>) -> Result<(), Failure> {
    match command {
        Jobs::List { workflow, name, status, since, until, oldest_first, limit, all } => {
            const LARGEST_PAGE: usize = 100;
            let mut list = workflow.map_or_else(|| explorer.jobs(), |id| explorer.workflow(id).jobs());
            if let Some(name) = name {
                list = list.name(name);
            }
            if let Some(status) = status {
                list = list.status(status);
            }
            if let Some(time) = since {
                list = list.created_from(time);
            }
            if let Some(time) = until {
                list = list.created_to(time);
            }
            if oldest_first {
                list = list.oldest_first();
            }
            let limit = if all { usize::MAX } else { limit };
            let page_size = u32::try_from(limit.clamp(1, LARGEST_PAGE)).unwrap_or(1);
            let jobs: Vec<Job> = list.page_size(page_size).by_item().take(limit).try_collect().await?;
            output::records(format, output::JOB, &jobs.iter().map(output::job).collect::<Vec<_>>())
        }
        Jobs::Get { id } => output::job_and_tasks(format, &explorer.job(id).get().await?),
        Jobs::Watch { ids } => {
            let mut watcher = explorer.watch(ids);
            let mut first = None;
            while let Some(watched) = watcher.next().await {
                match watched.outcome {
                    Ok(job) => {
                        output::text(&format!("{}\t{}\n", job.id, job.status))?;
                        if let Some(error) = ended_badly(job) {
                            first.get_or_insert(error);
                        }
                    }
                    Err(error) => {
                        eprintln!("job {} is lost sight of: {error}", watched.job_id);
                        first.get_or_insert(error);
                    }
                }
            }
            first.map_or(Ok(()), |error| Err(error.into()))
        }
        Jobs::Cancel { ids, wait } => {
            for id in ids {
                cancel(&explorer.job(id), wait).await?;
            }
            Ok(())
        }
    }
}

async fn cancel(job: &JobHandle, wait: bool) -> Result<(), Failure> {
    let id = job.id();
    if wait {
        eprintln!("job {id}: {}", job.cancel_and_wait().await?.status);
        return Ok(());
    }
    match job.cancel().await? {
        Cancellation::HadEnded(ended) => eprintln!("job {id} had ended already: {}", ended.status),
        Cancellation::Declined(now) => {
            return Err(Failure::Other(format!("the server does not stop job {id}, which is {}", now.status)));
        }
        _ => eprintln!("job {id} is being stopped"),
    }
    Ok(())
}

async fn rows(
    handle: &JobHandle,
    job: &Job,
    task: Option<&str>,
    limit: u32,
    format: Option<Format>,
) -> Result<(), Failure> {
    let task = task_of(job, task)?;
    let rows: Vec<Vec<String>> = handle.task(&task.id).rows().limit(limit).await?;
    let records: Vec<_> = rows.into_iter().map(|row| (row.clone(), json!(row))).collect();
    output::records(format, &[], &records)
}

/// The task of this name or id, or the only one.
fn task_of<'a>(job: &'a Job, task: Option<&str>) -> Result<&'a Task, Failure> {
    let found = match (task, job.tasks.as_slice()) {
        (Some(task), _) => job.task(task),
        (None, [only]) => Some(only),
        (None, _) => None,
    };
    let names = || job.tasks.iter().map(|task| task.name.as_str()).collect::<Vec<_>>().join(", ");
    found.ok_or_else(|| Failure::Usage(format!("name a task of job {}: {}", job.id, names())))
}

/// The error of a job that has ended without success.
fn ended_badly(job: Job) -> Option<Error> {
    match job.status {
        JobStatus::Failed => Some(Error::JobFailed(Box::new(job))),
        JobStatus::Interrupted => Some(Error::JobInterrupted(Box::new(job))),
        _ => None,
    }
}

fn explain(code: i64, format: Option<Format>) -> Result<(), Failure> {
    let (error, status) = (ErrorCode::from(code), JobStatus::from(code));
    let known = [
        (error.name(), error.description(), error.description_zh()),
        (status.name(), status.description(), status.description_zh()),
    ];
    let records: Vec<_> = known
        .into_iter()
        .filter_map(|(name, english, chinese)| {
            let (name, english, chinese) = (name?, english?, chinese?);
            let cells = [&code.to_string(), name, english, chinese].map(str::to_string).to_vec();
            Some((cells, json!({"code": code, "name": name, "description": english, "description_zh": chinese})))
        })
        .collect();
    match records.is_empty() {
        true => Err(Failure::Usage(format!("the contract lists no code {code}: see `nebula-explorer contract`"))),
        false => output::records(format, &["CODE", "NAME", "MEANING", "含义"], &records),
    }
}
