//! `submissions record`: repair one key by hand.

use std::collections::BTreeSet;

use nebula_explorer::{Submission, SubmissionStore as _, Timestamp};

use crate::commands::context::{Context, Schemas};
use crate::commands::execute::{self, Execute};
use crate::error::CliError;
use crate::session::submissions::{Store, failed, not_recorded};

/// Record the job of an idempotency key whose outcome is unknown: the next run with the key follows this job
///
/// The job is the one that an error names, or one of the candidates of an unknown outcome. If none of them is the job, forget the
/// key.
#[derive(clap::Args)]
pub struct Arguments {
    /// Idempotency key
    key: String,
    /// Job id
    job: i64,
    /// The server, by its address, if several have this key
    #[arg(long, value_name = "URL")]
    server: Option<String>,
    #[command(flatten)]
    store: Store,
}

impl Execute for Arguments {
    fn schemas(name: &'static str) -> Schemas {
        execute::json::<Submission>(name)
    }

    async fn run(self, context: &Context) -> Result<(), CliError> {
        let latest = self.latest().await?;
        match latest.job_id {
            None => {}
            Some(job) if job == self.job => return context.output.one(&latest),
            Some(job) => {
                let text = format!("the key `{}` has job {job} already, on {}", self.key, latest.server);
                return Err(CliError::Other(text));
            }
        }
        let store = self.store.open()?;
        let mut own = latest.clone();
        own.owner = format!("submissions record, {}", Timestamp::now());
        let taken_over = store.take_over(&latest, &own.owner).await.map_err(|error| failed(&error))?;
        if !taken_over || !store.record_job(&own, self.job).await.map_err(|error| failed(&error))? {
            return Err(CliError::Other(format!(
                "a process that is running uses the key `{}`: wait for its end",
                self.key
            )));
        }
        context.output.one(&self.latest().await?)
    }
}

impl Arguments {
    /// The latest attempt of the key.
    async fn latest(&self) -> Result<Submission, CliError> {
        let mut attempts = self.store.attempts(&self.key).await?;
        if let Some(server) = &self.server {
            attempts.retain(|attempt| attempt.server.trim_end_matches('/') == server.trim_end_matches('/'));
        }
        let servers: BTreeSet<&str> = attempts.iter().map(|attempt| attempt.server.as_str()).collect();
        if servers.len() > 1 {
            let servers: Vec<&str> = servers.into_iter().collect();
            let text =
                format!("several servers have the key `{}`: give --server, one of {}", self.key, servers.join(", "));
            return Err(CliError::Usage(text));
        }
        attempts.into_iter().max_by_key(|attempt| attempt.attempt).ok_or_else(|| not_recorded(&self.key))
    }
}
