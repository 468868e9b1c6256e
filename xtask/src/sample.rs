//! The program that every language has, in the Rust SDK's words: run the PageRank workflow, wait, read the rows.

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

/// What a program said: its rows, or the code and the message of the error that ended it.
pub type Said = Result<String, String>;

/// An Explorer signed in with the account that the programs have.
pub fn explorer(url: &str) -> Result<Explorer, Error> {
    Explorer::builder(url).graph(GRAPH.0, GRAPH.1).credentials(Credentials::account(ACCOUNT.0, ACCOUNT.1)).build()
}

/// Signs in and gives the session's token.
pub async fn token(url: &str) -> Result<String, Error> {
    Ok(explorer(url)?.sign_in().await?.secret().expose_secret().to_owned())
}

/// The account as it stands in the header `Authorization`, behind `Bearer`.
pub fn account() -> String {
    BASE64_STANDARD.encode(json!(ACCOUNT).to_string())
}

/// Runs the program and gives its rows, one a line, the columns separated by tabs.
pub async fn run(url: &str) -> Said {
    rows(url).await.map_err(|error| match error.api_error() {
        Some(refusal) => {
            let detail = refusal.detail.as_ref().map(|detail| format!("::{detail}")).unwrap_or_default();
            format!("{} {}{detail}", refusal.code.number(), refusal.name)
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
