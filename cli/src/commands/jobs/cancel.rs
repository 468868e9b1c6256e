//! `jobs cancel`: ask the server to stop jobs.

use nebula_explorer::{Cancellation, Explorer, conditions};
use schemars::JsonSchema;
use serde::Serialize;

use crate::commands::context::{Context, Schemas};
use crate::commands::execute::{self, Execute};
use crate::error::CliError;
use crate::interrupt::Interrupts;
use crate::output::output::Output;
use crate::output::records::Record;
use crate::output::stderr::note;
use crate::output::time::Times;

/// Ask the server to stop jobs
#[derive(clap::Args)]
pub struct Arguments {
    /// Job ids
    #[arg(required = true)]
    ids: Vec<i64>,
    /// Wait until the jobs have ended
    #[arg(long)]
    wait: bool,
}

impl Execute for Arguments {
    fn schemas(name: &'static str) -> Schemas {
        execute::json::<Vec<Cancelled>>(name)
    }

    async fn run(self, context: &Context) -> Result<(), CliError> {
        context.with_explorer(async |explorer| cancel(explorer, &self.ids, self.wait, context.output).await).await
    }
}

/// The outcome of a request to cancel a job.
#[derive(Serialize, JsonSchema)]
struct Cancelled {
    id: i64,
    /// `requested`; `ended`, with --wait; `already_ended`; or `declined` by the server
    outcome: &'static str,
    /// The name of the job's status, if known
    status: Option<String>,
}

const DECLINED: &str = "declined";

impl Record for Cancelled {
    const HEAD: &'static [&'static str] = &["ID", "OUTCOME", "STATUS"];

    fn cells(&self, _: Times) -> Vec<String> {
        vec![self.id.to_string(), self.outcome.into(), self.status.clone().unwrap_or_default()]
    }
}

/// Requests every job to be cancelled, whether or not the requests for the others fail, and returns the first error.
async fn cancel(explorer: &Explorer, ids: &[i64], wait: bool, output: Output) -> Result<(), CliError> {
    let mut interrupts = Interrupts::listen();
    let mut list = output.list();
    let mut first_error = None;
    for (index, &id) in ids.iter().enumerate() {
        let outcome = tokio::select! {
            outcome = cancel_one(explorer, id, wait) => outcome,
            () = interrupts.first() => {
                list.finish()?;
                return Err(CliError::Interrupted(ids[index..].to_vec()));
            }
        };
        match outcome {
            Ok(cancelled) => {
                if cancelled.outcome == DECLINED {
                    first_error.get_or_insert(CliError::Other(format!("the server declined to cancel job {id}")));
                }
                list.push(&cancelled)?;
            }
            Err(error) if ids.len() == 1 => return Err(error),
            Err(error) => {
                note(format!("job {id}: {error}"));
                first_error.get_or_insert(error);
            }
        }
    }
    list.finish()?;
    first_error.map_or(Ok(()), Err)
}

async fn cancel_one(explorer: &Explorer, id: i64, wait: bool) -> Result<Cancelled, CliError> {
    let job = explorer.job(id);
    let (outcome, status) = match job.cancel().await? {
        Cancellation::AlreadyEnded(job) => ("already_ended", Some(job.status)),
        Cancellation::Declined(job) => (DECLINED, Some(job.status)),
        _ if wait => ("ended", Some(job.wait_until(conditions::ended()).await?.status)),
        _ => ("requested", None),
    };
    Ok(Cancelled { id, outcome, status: status.map(|status| status.to_string()) })
}
