//! The progress of one job on standard error: bars on a terminal, lines elsewhere.

use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use indicatif::{ProgressBar, ProgressStyle};
use nebula_explorer::{Change, Job, JobStatus, Task};

use crate::output::escape::escaped;
use crate::output::stderr::{ProgressArea, note};
use crate::output::table::coloured;

pub enum JobProgress {
    Bars(Box<Bars>),
    Lines,
}

/// A bar for the job, which counts its ended tasks, and a line per task.
pub struct Bars {
    area: ProgressArea,
    job: ProgressBar,
    tasks: BTreeMap<String, ProgressBar>,
    ended: BTreeSet<String>,
}

impl JobProgress {
    pub fn new(job_id: i64) -> Self {
        if !console::user_attended_stderr() {
            return Self::Lines;
        }
        let area = ProgressArea::start();
        let bar = area.add(ProgressBar::new(0).with_style(style("{prefix} [{bar:20}] {pos}/{len} tasks  {wide_msg}")));
        bar.set_prefix(format!("Job {job_id}"));
        bar.enable_steady_tick(TICK);
        Self::Bars(Box::new(Bars { area, job: bar, tasks: BTreeMap::new(), ended: BTreeSet::new() }))
    }

    pub fn show(&mut self, change: &Change) {
        match (self, change) {
            (Self::Bars(bars), Change::Job(job)) => bars.job(job),
            (Self::Bars(bars), Change::Task(task)) => bars.task(task),
            (Self::Lines, Change::Job(job)) => note(format!("Job {}: {}", job.id, job.status)),
            (Self::Lines, Change::Task(task)) if task.started_at.is_none() => {}
            (Self::Lines, Change::Task(task)) => note(format!("  {}: {}{}", task.name, task.status, duration(task))),
            // `Change` is non-exhaustive.
            (_, _) => {}
        }
    }
}

impl Bars {
    fn job(&mut self, job: &Job) {
        self.job.set_length(job.tasks.len() as u64);
        self.job.set_message(coloured(job.status));
        for task in &job.tasks {
            self.task(task);
        }
        if job.status.is_terminal() {
            self.job.finish();
            for bar in self.tasks.values().filter(|bar| !bar.is_finished()) {
                bar.abandon();
            }
        }
    }

    fn task(&mut self, task: &Task) {
        let bar = self.tasks.entry(task.id.clone()).or_insert_with(|| {
            let bar = self.area.add(ProgressBar::new_spinner().with_style(style("    {prefix}  {wide_msg}")));
            bar.set_prefix(escaped(&task.name).into_owned());
            bar
        });
        bar.set_message(format!("{}{}", coloured(task.status), duration(task)));
        if task.status == JobStatus::Running && !self.ended.contains(&task.id) {
            bar.set_style(style("  {spinner} {prefix}  {msg} {elapsed}"));
            bar.reset_elapsed();
            bar.enable_steady_tick(TICK);
        } else if task.status.is_terminal() {
            let sign = if task.status == JobStatus::Success { "✓" } else { "✗" };
            bar.set_style(style(&format!("  {sign} {{prefix}}  {{wide_msg}}")));
            bar.finish();
            self.ended.insert(task.id.clone());
        }
        self.job.set_position(self.ended.len() as u64);
    }
}

const TICK: Duration = Duration::from_millis(120);

/// The style of a bar; the default one if the template is invalid.
pub fn style(template: &str) -> ProgressStyle {
    let style = ProgressStyle::with_template(template).unwrap_or_else(|_| ProgressStyle::default_bar());
    style.progress_chars("=> ")
}

fn duration(task: &Task) -> String {
    match (task.started_at, task.ended_at) {
        (Some(started), Some(ended)) => format!(" after {:.1} s", (ended - started).as_secs_f64()),
        _ => String::new(),
    }
}
