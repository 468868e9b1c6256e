//! A timeline of the tasks of a job, drawn to scale.

use std::borrow::Cow;

use console::{Alignment, measure_text_width, pad_str, truncate_str};
use nebula_explorer::{Job, Task, Timestamp};

use crate::output::escape::escaped;

/// A line per started task: its name, a bar, and its duration. A running task lasts until `now`.
pub fn draw(job: &Job, now: Timestamp, width: usize) -> String {
    const MAX_NAME: usize = 24;
    const DURATION: usize = 10;
    let times = |task: &Task| Some((task.started_at?, task.ended_at.unwrap_or(now)));
    let tasks: Vec<_> = job.tasks.iter().filter_map(|task| Some((escaped(&task.name), times(task)?))).collect();
    let first = tasks.iter().map(|(_, (started, _))| *started).min();
    let last = tasks.iter().map(|(_, (_, ended))| *ended).max();
    let (Some(first), Some(last)) = (first, last) else { return String::new() };
    let name_width = tasks.iter().map(|(name, _)| measure_text_width(name)).max().unwrap_or(0).min(MAX_NAME);
    let bar_width = width.saturating_sub(name_width + DURATION + 4).clamp(10, 60);
    let total = seconds(first, last).max(0.001);
    let column = |time: Timestamp| ((seconds(first, time) / total) * bar_width as f64).round() as usize;
    let line = |(name, (started, ended)): &(Cow<'_, str>, (Timestamp, Timestamp))| {
        let start = column(*started).min(bar_width - 1);
        let end = column(*ended).clamp(start + 1, bar_width);
        let bar = " ".repeat(start) + &"█".repeat(end - start);
        let name = truncate_str(name, name_width, "…");
        let name = pad_str(&name, name_width, Alignment::Left, None);
        format!("{name}  {}  {:.1} s\n", pad_str(&bar, bar_width, Alignment::Left, None), seconds(*started, *ended))
    };
    tasks.iter().map(line).collect()
}

fn seconds(from: Timestamp, to: Timestamp) -> f64 {
    (to - from).as_secs_f64().max(0.0)
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use serde_json::json;

    use super::*;

    fn job(tasks: serde_json::Value) -> Job {
        let job = json!({
            "id": 1, "name": "n", "workflow_id": 1, "workflow_name": "w", "status": "Running",
            "created_at": null, "started_at": null, "ended_at": null, "tasks": tasks
        });
        serde_json::from_value(job).unwrap()
    }

    #[test]
    fn bars_are_to_scale_and_fit_the_width() {
        let time = |seconds: i64| Timestamp::from_second(seconds).unwrap();
        let task = |name: &str, started: Option<i64>, ended: Option<i64>| {
            json!({
                "id": name, "name": name, "status": "Running",
                "started_at": started.map(time), "ended_at": ended.map(time)
            })
        };
        let job =
            job(json!([task("查询", Some(10), Some(20)), task("PageRank", Some(20), None), task("later", None, None)]));
        let drawn = draw(&job, time(50), 42);
        let bars: Vec<usize> = drawn.lines().map(|line| line.matches('█').count()).collect();
        assert!(drawn.lines().all(|line| measure_text_width(line) <= 42), "{drawn}");
        assert_eq!(bars, [5, 15], "{drawn}");
        assert!(drawn.contains("10.0 s") && drawn.contains("30.0 s"), "{drawn}");
    }
}
