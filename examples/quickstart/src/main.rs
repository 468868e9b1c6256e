//! Signs in, runs a workflow, shows its progress, and prints its result.
//!
//! `cargo run -p quickstart` runs the PageRank workflow on an emulator inside this process. With
//! `NEBULA_EXPLORER_URL`, `NEBULA_EXPLORER_GRAPH` (address:port), `NEBULA_EXPLORER_USER`, `NEBULA_EXPLORER_PASSWORD` and
//! `NEBULA_EXPLORER_WORKFLOW` (an id) set, it runs that workflow on a real server.

use std::env::var;
use std::error::Error;

use futures_util::TryStreamExt as _;
use nebula_explorer::{Change, Credentials, Explorer, JobHandle};
use nebula_explorer_emulator::Emulator;

#[tokio::main]
async fn main() -> Result<(), Box<dyn Error>> {
    match var("NEBULA_EXPLORER_URL") {
        Ok(url) => run_on_a_server(url).await,
        Err(_) => run_on_an_emulator().await,
    }
}

async fn run_on_a_server(url: String) -> Result<(), Box<dyn Error>> {
    let set = |name: &str| var(name).map_err(|_| format!("NEBULA_EXPLORER_URL is set, so {name} must be set too"));
    let graph = set("NEBULA_EXPLORER_GRAPH")?;
    let (address, port) = graph.rsplit_once(':').ok_or("NEBULA_EXPLORER_GRAPH must be address:port")?;
    let account = Credentials::account(set("NEBULA_EXPLORER_USER")?, set("NEBULA_EXPLORER_PASSWORD")?);
    let workflow = set("NEBULA_EXPLORER_WORKFLOW")?.parse()?;
    let explorer = Explorer::builder(url).graph(address, port.parse()?).credentials(account).build()?;
    let job = explorer.workflow(workflow).run().await?;
    show(job).await
}

async fn run_on_an_emulator() -> Result<(), Box<dyn Error>> {
    let emulator = Emulator::builder().speed(2.0).start().await?;
    println!("The emulator listens on {}", emulator.url());
    let explorer = Explorer::builder(emulator.url())
        .graph("127.0.0.1", 9669)
        .credentials(Credentials::account("root", "nebula"))
        .build()?;
    let job = explorer.workflow(4216617528).run().param("query_1", "name", "Tim Duncan").await?;
    show(job).await
}

/// Prints each change of the job, then the rows of its last task.
async fn show(job: JobHandle) -> Result<(), Box<dyn Error>> {
    println!("Created job {}", job.id());
    let mut changes = job.progress().stream();
    while let Some(change) = changes.try_next().await? {
        match change {
            Change::Job(job) => println!("  {}", job.status),
            Change::Task(task) => println!("    {:<10} {}", task.name, task.status),
            _ => {}
        }
    }
    // The job has ended: this returns at once, with an error unless the job succeeded.
    let ended = job.wait().await?;
    let task = ended.tasks.last().ok_or("the job has no tasks")?;
    let rows: Vec<Vec<String>> = job.task(&task.id).rows().limit(1000).await?;
    println!("\nThe top rows of {} ({} rows):", task.name, rows.len());
    print_top(rows, 10);
    Ok(())
}

/// The rows with the largest number in their last column.
fn print_top(mut rows: Vec<Vec<String>>, count: usize) {
    let number = |row: &Vec<String>| row.last().and_then(|cell| cell.parse::<f64>().ok()).unwrap_or(f64::MIN);
    rows.sort_by(|a, b| number(b).total_cmp(&number(a)));
    for row in rows.iter().take(count) {
        let cells = row.iter().map(|cell| format!("{cell:<12}"));
        println!("  {}", cells.collect::<Vec<_>>().join("  ").trim_end());
    }
}
