//! The sample program of every language, with the Rust SDK: run the PageRank workflow, wait, read the rows.

use base64::Engine;
use base64::prelude::BASE64_STANDARD;
use nebula_explorer::{Credentials, Error, Explorer};
use secrecy::ExposeSecret;
use serde_json::json;

use crate::emulator::{ACCOUNT, GRAPH};

/// The workflow that the programs run.
pub const WORKFLOW: i64 = 4216617528;
/// The task whose rows they print.
pub const TASK: &str = "PageRank";

/// What a program printed: its rows, or the code and the message of its error.
pub type ProgramOutput = Result<String, String>;

/// An Explorer with the account of the programs.
pub fn explorer(url: &str) -> Result<Explorer, Error> {
    Explorer::builder(url).graph(GRAPH.0, GRAPH.1).credentials(Credentials::account(ACCOUNT.0, ACCOUNT.1)).build()
}

/// Signs in and returns the session's token.
pub async fn token(url: &str) -> Result<String, Error> {
    Ok(explorer(url)?.sign_in().await?.secret().expose_secret().to_owned())
}

/// The account as the header `Authorization` contains it, after `Bearer`.
pub fn account() -> String {
    BASE64_STANDARD.encode(json!(ACCOUNT).to_string())
}

/// Runs the program and returns its rows, one per line, with the columns separated by tabs.
pub async fn run(url: &str) -> ProgramOutput {
    rows(url).await.map_err(|error| match error.api_error() {
        Some(api) => {
            let detail = api.detail.as_ref().map(|detail| format!("::{detail}")).unwrap_or_default();
            format!("{} {}{detail}", api.code.number(), api.name)
        }
        None => error.to_string(),
    })
}

async fn rows(url: &str) -> Result<String, Error> {
    let explorer = explorer(url)?;
    let job = explorer.workflow(WORKFLOW).run().param("query_1", "name", "Tim Duncan").await?;
    let ended = job.wait().await?;
    let Some(task) = ended.task(TASK) else { return Ok(format!("no task {TASK}\n")) };
    let rows: Vec<Vec<String>> = job.task(&task.id).rows().limit(1000).await?;
    Ok(rows.iter().map(|row| row.join("\t") + "\n").collect())
}
