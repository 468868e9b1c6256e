//! The whole story against an emulator inside the process.

use nebula_explorer::{Credentials, Explorer};
use nebula_explorer_emulator::Emulator;

use crate::commands::result;
use crate::commands::run::follow;
use crate::error::CliError;
use crate::interrupt::Interrupts;
use crate::output::output::Output;
use crate::output::stderr::note;

pub async fn run(output: Output) -> Result<(), CliError> {
    let mut interrupts = Interrupts::listen();
    // An emulator has this account, and its first workflow computes PageRank around a player.
    let emulator = Emulator::builder().speed(2.0).start().await?;
    let (workflow, name) = emulator.workflows().next().ok_or_else(|| CliError::Other("no workflow".into()))?;
    note(format!("An emulator of Explorer listens on {}", emulator.url()));
    let account = Credentials::account("root", "nebula");
    let explorer = Explorer::builder(emulator.url()).graph("127.0.0.1", 9669).credentials(account).build()?;
    explorer.sign_in().await?;
    note("Signed in as root");
    let job = explorer.workflow(workflow).run().param("query_1", "name", "Tim Duncan").await?;
    note(format!("Workflow {workflow} ({name}) runs as job {}", job.id()));
    let ended = follow(&job, None, &mut interrupts).await?;
    let last = ended.tasks.last().map(|task| task.id.as_str());
    result::rows(&job, &ended, last, 10, output).await?;
    note("With a server of yours: nebula-explorer login, then nebula-explorer run WORKFLOW");
    Ok(())
}
