//! The command-line options of the emulator.

use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::time::Duration;

use clap::Args;
use nebula_explorer::operations::DEFAULT_PORT;

use crate::behaviour::{Behaviour, BehaviourProfile};
use crate::builder::EmulatorBuilder;
use crate::defaults;
use crate::engine::graph::Graph;
use crate::engine::workflows::Workflow;
use crate::error::EmulatorError;
use crate::faults::rules::{FORM, FaultRule};
use crate::settings::ServerVersion;

/// The options of the emulator, for its own program and for others that include it.
#[derive(Args, Clone, Debug)]
#[non_exhaustive]
pub struct EmulatorOptions {
    /// The address to listen on; port 0 selects a free port
    #[arg(long, value_name = "ADDRESS:PORT", default_value_t = SocketAddr::from(([127, 0, 0, 1], DEFAULT_PORT)))]
    pub listen: SocketAddr,

    /// How many times faster than real time jobs run
    #[arg(long, value_name = "FACTOR", default_value_t = defaults::SPEED)]
    pub speed: f64,

    /// How long a session token is valid, in seconds
    #[arg(long, value_name = "SECONDS", default_value_t = defaults::TOKEN_LIFE.as_secs())]
    pub token_life: u64,

    /// The file with the accounts
    #[arg(long, value_name = "FILE", help = with_default("The accounts, one `user:password` per line", &default_account()))]
    pub accounts: Option<PathBuf>,

    /// The graph services that can be reached
    #[arg(
        long = "graph-service",
        value_name = "HOST:PORT",
        value_parser = host_and_port,
        help = with_default("A graph service that can be reached; repeatable", &default_graph_services())
    )]
    pub graph_services: Vec<(String, u16)>,

    /// The workflows, as a JSON list [default: the built-in ones]
    #[arg(long, value_name = "FILE")]
    pub workflows: Option<PathBuf>,

    /// The graph to compute over [default: a sample]
    #[arg(long, value_name = "FILE")]
    pub graph: Option<PathBuf>,

    /// The version of Explorer to emulate
    #[arg(long, value_enum, value_name = "VERSION", default_value_t)]
    pub server_version: ServerVersion,

    /// Set the cookie with `Secure; SameSite=None`, as under HTTPS
    #[arg(long)]
    pub secure: bool,

    /// Inject a fault, such as `run_workflow=drop-after,times=2` or `any=delay,probability=0.1,seconds=3`; repeatable
    #[arg(long = "fault", value_name = FORM)]
    pub faults: Vec<FaultRule>,

    /// Make random faults and a random behaviour reproducible
    #[arg(long, value_name = "NUMBER")]
    pub seed: Option<u64>,

    /// All of the behaviour below at once: drawn at random, or the most hostile one
    #[arg(long = "behaviour", value_enum, value_name = "PROFILE", conflicts_with = "Behaviour")]
    pub behaviour_profile: Option<BehaviourProfile>,

    /// What the documentation leaves open
    #[command(flatten)]
    pub behaviour: Behaviour,
}

impl EmulatorOptions {
    /// A builder with these options.
    ///
    /// # Errors
    /// [`EmulatorError`] if a file cannot be read.
    pub fn builder(&self) -> Result<EmulatorBuilder, EmulatorError> {
        let mut builder = EmulatorBuilder::default()
            .address(self.listen)
            .speed(self.speed)
            .token_life(Duration::from_secs(self.token_life))
            .version(self.server_version)
            .secure(self.secure);
        for rule in &self.faults {
            builder = builder.fault(rule.clone());
        }
        let seed = self.seed.unwrap_or_else(rand::random);
        builder = builder.seed(seed).behaviour(match self.behaviour_profile {
            None => self.behaviour.clone(),
            Some(BehaviourProfile::Random) => Behaviour::random(seed),
            Some(BehaviourProfile::Worst) => Behaviour::worst(),
        });
        for (address, port) in &self.graph_services {
            builder = builder.graph_service(address, *port);
        }
        if let Some(path) = &self.accounts {
            for (number, line) in read(path)?.lines().enumerate().filter(|(_, line)| !line.trim().is_empty()) {
                // The line is not part of the message: it may contain a password.
                let (user, password) = line
                    .split_once(':')
                    .ok_or_else(|| invalid(path, format!("line {} is not user:password", number + 1)))?;
                builder = builder.account(user, password);
            }
        }
        if let Some(path) = &self.workflows {
            let workflows: Vec<Workflow> =
                serde_json::from_str(&read(path)?).map_err(|error| invalid(path, error.to_string()))?;
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

/// A help text with a default, in clap's form.
fn with_default(help: &str, default: &str) -> String {
    format!("{help} [default: {default}]")
}

fn default_account() -> String {
    let (user, password) = defaults::ACCOUNT;
    format!("{user}:{password}")
}

fn default_graph_services() -> String {
    defaults::GRAPH_SERVICES.map(|(address, port)| format!("{address}:{port}")).join(", ")
}

fn host_and_port(text: &str) -> Result<(String, u16), String> {
    let parsed = text.rsplit_once(':').and_then(|(host, port)| Some((host.to_string(), port.parse().ok()?)));
    parsed.ok_or_else(|| "not of the form HOST:PORT".into())
}

fn read(path: &Path) -> Result<String, EmulatorError> {
    std::fs::read_to_string(path).map_err(|error| invalid(path, error.to_string()))
}

fn invalid(path: &Path, problem: String) -> EmulatorError {
    EmulatorError::File { file: path.display().to_string(), problem }
}
