//! When the tasks of a job ran, drawn to scale.

use console::{Alignment, measure_text_width, pad_str, truncate_str};
use nebula_explorer::{Job, Timestamp};

/// A line for each task that has begun: its name, its time as a bar, and how long it took. A task that runs lasts until `now`.
pub fn draw(job: &Job, now: Timestamp, width: usize) -> String {
    const LONGEST_NAME: usize = 24;
    const DURATION: usize = 10;
    let ran = |task: &nebula_explorer::Task| Some((task.started_at?, task.ended_at.unwrap_or(now)));
    let tasks: Vec<_> = job.tasks.iter().filter_map(|task| Some((task.name.as_str(), ran(task)?))).collect();
    let (Some(first), Some(last)) =
        (tasks.iter().map(|(_, (began, _))| *began).min(), tasks.iter().map(|(_, (_, ended))| *ended).max())
    else {
        return String::new();
    };
    let names = tasks.iter().map(|(name, _)| measure_text_width(name)).max().unwrap_or(0).min(LONGEST_NAME);
    let bars = width.saturating_sub(names + DURATION + 4).clamp(10, 60);
    let all = seconds(first, last).max(0.001);
    let column = |time: Timestamp| ((seconds(first, time) / all) * bars as f64).round() as usize;
    let line = |(name, (began, ended)): &(&str, (Timestamp, Timestamp))| {
        let begin = column(*began).min(bars - 1);
        let end = column(*ended).clamp(begin + 1, bars);
        let bar = " ".repeat(begin) + &"█".repeat(end - begin);
        let name = truncate_str(name, names, "…");
        let name = pad_str(&name, names, Alignment::Left, None);
        format!("{name}  {}  {:.1} s\n", pad_str(&bar, bars, Alignment::Left, None), seconds(*began, *ended))
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
        let job = json!({ "id": 1, "name": "n", "workflowId": "1", "workflowName": "w", "status": 1, "tasks": tasks });
        serde_json::from_value::<nebula_explorer::generated::types::Job>(job).unwrap().into()
    }

    #[test]
    fn bars_are_to_scale_and_fit_the_width() {
        let task = |name: &str, began: i64, ended: Option<i64>| json!({ "id": name, "name": name, "status": 1, "runBeginTime": began * 1000, "runEndTime": ended.map(|t| t * 1000) });
        let job = job(json!([task("查询", 10, Some(20)), task("PageRank", 20, None), task("later", 0, None)]));
        let drawn = draw(&job, Timestamp::from_second(50).unwrap(), 42);
        let bars: Vec<usize> = drawn.lines().map(|line| line.matches('█').count()).collect();
        assert!(drawn.lines().all(|line| measure_text_width(line) <= 42), "{drawn}");
        assert_eq!(bars, [5, 15], "{drawn}");
        assert!(drawn.contains("10.0 s") && drawn.contains("30.0 s"), "{drawn}");
    }
}
