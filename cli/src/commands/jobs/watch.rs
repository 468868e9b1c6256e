//! `jobs watch`: follow many jobs, live on a terminal, with a line per change elsewhere.

use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use console::Term;
use indicatif::ProgressBar;
use nebula_explorer::{Explorer, Watched};
use schemars::JsonSchema;
use serde::Serialize;

use crate::commands::context::{Context, Schemas};
use crate::commands::execute::{self, Execute};
use crate::commands::follow::error_of;
use crate::commands::jobs::filter::Selection;
use crate::error::CliError;
use crate::interrupt::Interrupts;
use crate::output::escape::escaped;
use crate::output::output::{List, Output};
use crate::output::progress::style;
use crate::output::records::Record;
use crate::output::stderr::{ProgressArea, note};
use crate::output::table::coloured;
use crate::output::time::Times;

/// Follow jobs until they have ended, given by their ids, or those that match and have not ended; one line per change if the output
/// is not a terminal
#[derive(clap::Args)]
pub struct Arguments {
    #[command(flatten)]
    jobs: Selection,
}

impl Execute for Arguments {
    fn schemas(name: &'static str) -> Schemas {
        execute::json::<Vec<StatusChange>>(name)
    }

    async fn run(self, context: &Context) -> Result<(), CliError> {
        context
            .with_explorer(async |explorer| {
                let ids = self.jobs.job_ids(explorer).await?;
                if ids.is_empty() {
                    note("No job matches");
                    return context.output.all::<StatusChange>([]);
                }
                watch(explorer, ids, context.output).await
            })
            .await
    }
}

async fn watch(explorer: &Explorer, ids: BTreeSet<i64>, output: Output) -> Result<(), CliError> {
    let mut interrupts = Interrupts::listen();
    let mut display = if output.is_live() { Display::live(ids.len()) } else { Display::List(Box::new(output.list())) };
    let mut watcher = explorer.watch(ids);
    let remaining = watcher.handle();
    let mut first_error = None;
    loop {
        let watched = tokio::select! {
            watched = watcher.next() => watched,
            () = interrupts.first() => {
                drop(display);
                return Err(CliError::Interrupted(remaining.job_ids()));
            }
        };
        let Some(watched) = watched else { break };
        display.show(&watched, remaining.len())?;
        let error = match &watched.outcome {
            Ok(job) => error_of(job),
            Err(error) => Some(error.clone()),
        };
        if let Some(error) = error {
            first_error.get_or_insert(error);
        }
    }
    display.finish()?;
    first_error.map_or(Ok(()), |error| Err(error.into()))
}

/// A job whose status has changed, or that can no longer be polled.
#[derive(Serialize, JsonSchema)]
struct StatusChange {
    id: i64,
    /// The name of the job's status; null if the job can no longer be polled
    status: Option<String>,
    /// Why the job can no longer be polled
    error: Option<String>,
}

impl Record for StatusChange {
    const HEAD: &'static [&'static str] = &["ID", "STATUS", "ERROR"];

    fn cells(&self, _: Times) -> Vec<String> {
        let (status, error) = (self.status.clone(), self.error.clone());
        vec![self.id.to_string(), status.unwrap_or_default(), error.unwrap_or_default()]
    }
}

enum Display {
    Live(Box<Live>),
    List(Box<List<StatusChange>>),
}

/// A line per job, as many as fit the terminal, and one that counts all jobs.
struct Live {
    area: ProgressArea,
    count: ProgressBar,
    jobs: BTreeMap<i64, ProgressBar>,
    max_lines: usize,
    total: usize,
}

impl Display {
    fn live(total: usize) -> Self {
        let area = ProgressArea::start();
        let count = ProgressBar::new(total as u64).with_style(style("[{bar:20}] {pos}/{len} have ended{wide_msg}"));
        let count = area.add(count);
        count.enable_steady_tick(Duration::from_millis(250));
        let max_lines = usize::from(Term::stderr().size().0).saturating_sub(2);
        Self::Live(Box::new(Live { area, count, jobs: BTreeMap::new(), max_lines, total }))
    }

    fn show(&mut self, watched: &Watched, remaining: usize) -> Result<(), CliError> {
        let id = watched.job_id;
        match self {
            Self::Live(live) => {
                live.show(watched, remaining);
                Ok(())
            }
            Self::List(list) => {
                let (status, error) = match &watched.outcome {
                    Ok(job) => (Some(job.status.to_string()), None),
                    Err(error) => (None, Some(error.to_string())),
                };
                if let Some(error) = &error {
                    note(format!("job {id} can no longer be polled: {error}"));
                }
                list.push(&StatusChange { id, status, error })
            }
        }
    }

    fn finish(self) -> Result<(), CliError> {
        match self {
            Self::Live(live) => {
                live.count.finish();
                Ok(())
            }
            Self::List(list) => list.finish(),
        }
    }
}

impl Live {
    fn show(&mut self, watched: &Watched, remaining: usize) {
        let (text, has_ended) = match &watched.outcome {
            Ok(job) => (format!("{}  {}", coloured(job.status), escaped(&job.name)), job.status.is_terminal()),
            Err(error) => (escaped(&format!("can no longer be polled: {error}")).into_owned(), true),
        };
        if !self.jobs.contains_key(&watched.job_id) && self.jobs.len() < self.max_lines {
            let bar = ProgressBar::new_spinner().with_style(style("{prefix}  {wide_msg}"));
            let bar = self.area.insert_before(&self.count, bar);
            bar.set_prefix(format!("Job {}", watched.job_id));
            self.jobs.insert(watched.job_id, bar);
        }
        if let Some(bar) = self.jobs.get(&watched.job_id) {
            bar.set_message(text);
            if has_ended {
                bar.finish();
            }
        }
        self.count.set_position(self.total.saturating_sub(remaining) as u64);
    }
}
