//! The command line of the emulator.

use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::time::Duration;

use clap::Args;
use nebula_explorer::operations::DEFAULT_PORT;

use crate::builder::{EmulatorBuilder, EmulatorError};
use crate::emulator::Emulator;
use crate::engine::graph::Graph;
use crate::engine::workflows::Workflow;
use crate::faults::rules::FaultRule;
use crate::settings::{AbsentTimes, JobIds, MissingIds, ServerVersion};

/// The options of the emulator, to be had in other commands too.
#[derive(Args, Clone, Debug)]
pub struct EmulatorOptions {
    /// Where to listen; port 0 takes a free one
    #[arg(long, value_name = "ADDRESS:PORT", default_value_t = SocketAddr::from(([127, 0, 0, 1], DEFAULT_PORT)))]
    pub listen: SocketAddr,

    /// How many times faster than the wall's clock jobs run
    #[arg(long, value_name = "FACTOR", default_value_t = 1.0)]
    pub speed: f64,

    /// How long a token lives, in seconds
    #[arg(long, value_name = "SECONDS", default_value_t = 259_200)]
    pub token_life: u64,

    /// Accounts, one `user:password` a line; `root` with the password `nebula` without it
    #[arg(long, value_name = "FILE")]
    pub accounts: Option<PathBuf>,

    /// A graph service that can be reached, such as 127.0.0.1:9669; may be given more than once
    #[arg(long = "graph-service", value_name = "HOST:PORT")]
    pub graph_services: Vec<String>,

    /// Workflows, a JSON list; the built-in ones without it
    #[arg(long, value_name = "FILE")]
    pub workflows: Option<PathBuf>,

    /// The graph to compute over; the sample without it
    #[arg(long, value_name = "FILE")]
    pub graph: Option<PathBuf>,

    /// The version of Explorer to stand for
    #[arg(long, value_enum, default_value_t)]
    pub server_version: ServerVersion,

    /// Cookies bear `Secure; SameSite=None`, as under HTTPS
    #[arg(long)]
    pub secure: bool,

    /// How a time that has not come yet looks
    #[arg(long, value_enum, default_value_t)]
    pub absent_times: AbsentTimes,

    /// How a job's id looks
    #[arg(long, value_enum, default_value_t)]
    pub job_ids: JobIds,

    /// How the id of something that does not exist is refused
    #[arg(long, value_enum, default_value_t)]
    pub missing_ids: MissingIds,

    /// What goes wrong: `run_workflow=drop-after,times=2`, `any=delay,probability=0.1,seconds=3`; may be given more than once
    #[arg(long = "fault", value_name = "OPERATION=FAULT[,times=N][,probability=P][,seconds=S]")]
    pub faults: Vec<FaultRule>,

    /// Makes faults by probability come the same way each time
    #[arg(long, value_name = "NUMBER")]
    pub seed: Option<u64>,
}

impl EmulatorOptions {
    /// An emulator with these options.
    ///
    /// # Errors
    /// [`EmulatorError`], if a file cannot be read or an option makes no sense.
    pub fn builder(&self) -> Result<EmulatorBuilder, EmulatorError> {
        let mut builder = Emulator::builder()
            .address(self.listen)
            .speed(self.speed)
            .token_life(Duration::from_secs(self.token_life))
            .version(self.server_version)
            .secure(self.secure)
            .absent_times(self.absent_times)
            .job_ids(self.job_ids)
            .missing_ids(self.missing_ids);
        for rule in &self.faults {
            builder = builder.fault(rule.clone());
        }
        if let Some(seed) = self.seed {
            builder = builder.seed(seed);
        }
        for service in &self.graph_services {
            let parsed = service.rsplit_once(':').and_then(|(host, port)| Some((host, port.parse().ok()?)));
            let (host, port) = parsed.ok_or_else(|| {
                let problem = format!("`{service}` is not HOST:PORT");
                EmulatorError::File { file: "--graph-service".into(), problem }
            })?;
            builder = builder.graph_service(host, port);
        }
        if let Some(path) = &self.accounts {
            for (number, line) in read(path)?.lines().enumerate().filter(|(_, line)| !line.trim().is_empty()) {
                // The line itself is not shown: it holds a password.
                let (user, password) = line
                    .split_once(':')
                    .ok_or_else(|| wrong(path, format!("line {} is not user:password", number + 1)))?;
                builder = builder.account(user, password);
            }
        }
        if let Some(path) = &self.workflows {
            let workflows: Vec<Workflow> =
                serde_json::from_str(&read(path)?).map_err(|error| wrong(path, error.to_string()))?;
            for workflow in workflows {
                builder = builder.workflow(workflow);
            }
        }
        if let Some(path) = &self.graph {
            builder = builder.graph(Graph::parse(&read(path)?)?);
        }
        Ok(builder)
    }
}

fn read(path: &Path) -> Result<String, EmulatorError> {
    std::fs::read_to_string(path).map_err(|error| wrong(path, error.to_string()))
}

fn wrong(path: &Path, problem: String) -> EmulatorError {
    EmulatorError::File { file: path.display().to_string(), problem }
}
