//! Which command does what.

pub mod api;
pub mod demo;
pub mod explain;
pub mod jobs;
pub mod login;
pub mod result;
pub mod run;
pub mod watch;

use clap::CommandFactory as _;
use nebula_explorer::operations::CONTRACT;
use nebula_explorer_emulator::program;

use crate::arguments::{Arguments, Command, ContractFormat};
use crate::error::CliError;
use crate::output::output::Output;
use crate::output::{output, records};
use crate::session::connection::Connection;
use crate::session::settings::Settings;

pub async fn run(arguments: Arguments) -> Result<(), CliError> {
    let Arguments { server, output, verbose, command } = arguments;
    let output = Output::new(output);
    match command {
        Command::Demo => demo::run(output).await,
        Command::Login(options) => login::login(&server, &options).await,
        Command::Logout => login::logout(&server),
        Command::Status => login::status(&server, verbose > 0, output).await,
        Command::Explain { code } => explain::explain(code, output),
        Command::Contract { format: ContractFormat::Yaml } => output::text(CONTRACT),
        Command::Contract { format: ContractFormat::Json } => {
            let contract: serde_json::Value = serde_saphyr::from_str(CONTRACT)
                .map_err(|error| CliError::Other(format!("the contract cannot be read: {error}")))?;
            output::text(&format!("{contract:#}\n"))
        }
        Command::Schema { command } => output::text(&format!("{:#}\n", records::schema(command).to_value())),
        Command::Emulator(options) => Ok(program::run(&options).await?),
        Command::Completions { shell } => {
            let mut script = Vec::new();
            clap_complete::generate(shell, &mut Arguments::command(), "nebula-explorer", &mut script);
            output::text(&String::from_utf8_lossy(&script))
        }
        Command::Man { dir: Some(folder) } => clap_mangen::generate_to(Arguments::command(), &folder)
            .map_err(|error| CliError::Other(format!("{}: {error}", folder.display()))),
        Command::Man { dir: None } => {
            let mut page = Vec::new();
            clap_mangen::Man::new(Arguments::command()).render(&mut page)?;
            output::text(&String::from_utf8_lossy(&page))
        }
        command @ (Command::Run(_) | Command::Jobs(_) | Command::Result { .. } | Command::Api(_)) => {
            let connection = Connection::open(Settings::find(&server)?)?;
            let explorer = &connection.explorer;
            let outcome = match command {
                Command::Run(options) => run::run(explorer, options, output).await,
                Command::Jobs(command) => jobs::run(explorer, command, output).await,
                Command::Result { job, task, limit } => {
                    let job = explorer.job(job);
                    result::rows(&job, &job.get().await?, task.as_deref(), limit, output).await
                }
                Command::Api(options) => api::call(explorer, options).await,
                _ => Ok(()),
            };
            connection.close();
            outcome
        }
    }
}
