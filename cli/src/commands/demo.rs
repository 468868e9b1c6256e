//! `demo`: a tour against an emulator inside the process.

use nebula_explorer::{Credentials, Explorer};
use nebula_explorer_emulator::Emulator;

use crate::commands::context::{Context, Schemas};
use crate::commands::execute::{self, Execute};
use crate::commands::follow::follow;
use crate::commands::result::{DEFAULT_LIMIT, print_rows};
use crate::error::CliError;
use crate::interrupt::Interrupts;
use crate::output::stderr::note;

/// Sign in, run a workflow and print its result, against an emulator inside the process
#[derive(clap::Args)]
pub struct Arguments {}

impl Execute for Arguments {
    fn schemas(_: &'static str) -> Schemas {
        execute::text()
    }

    async fn run(self, context: &Context) -> Result<(), CliError> {
        let mut interrupts = Interrupts::listen();
        // An emulator has this account, and its first workflow computes PageRank around a player.
        let emulator = Emulator::builder().speed(2.0).start().await?;
        let (workflow, name) =
            emulator.workflows().next().ok_or_else(|| CliError::Other("the emulator has no workflow".into()))?;
        note(format!("The emulator is listening on {}", emulator.url()));
        let account = Credentials::account("root", "nebula");
        let explorer = Explorer::builder(emulator.url()).graph("127.0.0.1", 9669).credentials(account).build()?;
        explorer.sign_in().await?;
        note("Signed in as root");
        let job = explorer.workflow(workflow).run().param("query_1", "name", "Tim Duncan").await?;
        note(format!("Created job {} from workflow {workflow} ({name})", job.id()));
        let ended = follow(&job, None, &mut interrupts, |_| Ok(())).await?;
        let last = ended.tasks.last().map(|task| task.id.as_str());
        print_rows(&job, &ended, last, DEFAULT_LIMIT, context.output).await?;
        note("To use your own server: nebula-explorer login, then nebula-explorer run WORKFLOW");
        Ok(())
    }
}
