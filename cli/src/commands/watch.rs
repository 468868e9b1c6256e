//! Following many jobs: live on a terminal, a line for each change elsewhere.

use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use console::Term;
use indicatif::ProgressBar;
use nebula_explorer::{Explorer, Watched};

use crate::commands::run::ended_badly;
use crate::error::CliError;
use crate::interrupt::Interrupts;
use crate::output::output::{List, Output, coloured};
use crate::output::progress::style;
use crate::output::records::ChangeRecord;
use crate::output::stderr::{ProgressArea, note};

pub async fn watch(explorer: &Explorer, ids: BTreeSet<i64>, output: Output) -> Result<(), CliError> {
    let mut interrupts = Interrupts::listen();
    let mut display =
        if output.is_live() { Display::live(ids.len()) } else { Display::Written(Box::new(output.list())) };
    let mut watcher = explorer.watch(ids);
    let left = watcher.handle();
    let mut first = None;
    loop {
        let watched = tokio::select! {
            watched = watcher.next() => watched,
            () = interrupts.first() => {
                drop(display);
                return Err(CliError::LeftRunning(left.job_ids()));
            }
        };
        let Some(watched) = watched else { break };
        display.show(&watched, left.len())?;
        let error = match &watched.outcome {
            Ok(job) => ended_badly(job),
            Err(error) => Some(error.clone()),
        };
        if let Some(error) = error {
            first.get_or_insert(error);
        }
    }
    display.finish()?;
    first.map_or(Ok(()), |error| Err(error.into()))
}

enum Display {
    Live(Box<Live>),
    Written(Box<List<ChangeRecord>>),
}

/// A line for each job, as many as the terminal holds, and one that counts them all.
struct Live {
    all: ProgressArea,
    count: ProgressBar,
    jobs: BTreeMap<i64, ProgressBar>,
    room: usize,
    total: usize,
}

impl Display {
    fn live(total: usize) -> Self {
        let all = ProgressArea::begin();
        let count = ProgressBar::new(total as u64).with_style(style("[{bar:20}] {pos}/{len} have ended{wide_msg}"));
        let count = all.add(count);
        count.enable_steady_tick(Duration::from_millis(250));
        let room = usize::from(Term::stderr().size().0).saturating_sub(2);
        Self::Live(Box::new(Live { all, count, jobs: BTreeMap::new(), room, total }))
    }

    fn show(&mut self, watched: &Watched, left: usize) -> Result<(), CliError> {
        let id = watched.job_id;
        match self {
            Self::Live(live) => {
                live.show(watched, left);
                Ok(())
            }
            Self::Written(list) => {
                let (status, error) = match &watched.outcome {
                    Ok(job) => (Some(job.status.to_string()), None),
                    Err(error) => (None, Some(error.to_string())),
                };
                if let Some(error) = &error {
                    note(format!("job {id} is lost sight of: {error}"));
                }
                list.push(&ChangeRecord { id, status, error })
            }
        }
    }

    fn finish(self) -> Result<(), CliError> {
        match self {
            Self::Live(live) => {
                live.count.finish();
                Ok(())
            }
            Self::Written(list) => list.finish(),
        }
    }
}

impl Live {
    fn show(&mut self, watched: &Watched, left: usize) {
        let (text, has_ended) = match &watched.outcome {
            Ok(job) => (format!("{}  {}", coloured(job.status), job.name), job.status.is_terminal()),
            Err(error) => (format!("lost sight of: {error}"), true),
        };
        if !self.jobs.contains_key(&watched.job_id) && self.jobs.len() < self.room {
            let bar = ProgressBar::new_spinner().with_style(style("{prefix}  {wide_msg}"));
            let bar = self.all.insert_before(&self.count, bar);
            bar.set_prefix(format!("Job {}", watched.job_id));
            self.jobs.insert(watched.job_id, bar);
        }
        if let Some(bar) = self.jobs.get(&watched.job_id) {
            bar.set_message(text);
            if has_ended {
                bar.finish();
            }
        }
        self.count.set_position(self.total.saturating_sub(left) as u64);
    }
}
