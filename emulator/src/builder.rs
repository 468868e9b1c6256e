//! What can be set before an emulator starts.

use std::collections::BTreeMap;
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use tokio::net::TcpListener;
use tokio::sync::oneshot;

use crate::api::router;
use crate::emulator::Emulator;
use crate::engine::graph::{Graph, GraphError};
use crate::engine::results::Results;
use crate::engine::workflows::{self, Workflow};
use crate::faults::listener::{Connection, Connections, FaultListener};
use crate::faults::rules::{FaultRule, Faults};
use crate::settings::{AbsentTimes, JobIds, MissingIds, ServerVersion, Settings};
use crate::state::State;

/// Builds an [`Emulator`].
#[derive(Clone, Default)]
#[must_use = "nothing runs until `start` is called"]
pub struct EmulatorBuilder {
    settings: Settings,
    workflows: Vec<Workflow>,
    graph: Option<Graph>,
    faults: Vec<FaultRule>,
    seed: Option<u64>,
}

/// Why an emulator does not start.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum EmulatorError {
    /// It cannot listen there.
    #[error("cannot listen on {address}: {source}. Is something listening there already?")]
    Listen {
        /// Where.
        address: SocketAddr,
        /// Why.
        source: std::io::Error,
    },
    /// The speed of the clock is not a number above 0.
    #[error("the speed of the clock must be a number above 0, and not {0}")]
    Speed(f64),
    /// A fault makes no sense.
    #[error("{0}")]
    Fault(String),
    /// A workflow makes no sense.
    #[error("{0}")]
    Workflow(String),
    /// A graph cannot be read.
    #[error("the graph cannot be read: {0}")]
    Graph(#[from] GraphError),
    /// A file of settings cannot be read.
    #[error("{file}: {problem}")]
    File {
        /// The file.
        file: String,
        /// What is wrong with it.
        problem: String,
    },
}

impl EmulatorBuilder {
    /// Where to listen; a free port of 127.0.0.1 unless set.
    pub fn address(mut self, address: SocketAddr) -> Self {
        self.settings.address = address;
        self
    }

    /// How many times faster than the wall's clock the emulated one runs, by which jobs run; once unless set.
    pub fn speed(mut self, speed: f64) -> Self {
        self.settings.speed = speed;
        self
    }

    /// How long a token lives, by the wall's clock; three days unless set.
    pub fn token_life(mut self, life: Duration) -> Self {
        self.settings.token_life = life;
        self
    }

    /// Adds an account. Without any there is `root` with the password `nebula`.
    pub fn account(mut self, user: impl Into<String>, password: impl Into<String>) -> Self {
        self.settings.accounts.push((user.into(), password.into()));
        self
    }

    /// Adds a graph service that can be reached. Without any there are 127.0.0.1:9669 and 192.168.8.111:9669.
    pub fn graph_service(mut self, address: impl Into<String>, port: u16) -> Self {
        self.settings.graph_services.push((address.into(), port));
        self
    }

    /// Adds a workflow. Without any there are the [built-in ones](crate::engine::workflows::built_in).
    pub fn workflow(mut self, workflow: Workflow) -> Self {
        self.workflows.push(workflow);
        self
    }

    /// Computes over this graph instead of the sample.
    pub fn graph(mut self, graph: Graph) -> Self {
        self.graph = Some(graph);
        self
    }

    /// The version of Explorer to stand for.
    pub fn version(mut self, version: ServerVersion) -> Self {
        self.settings.version = version;
        self
    }

    /// Whether the cookie bears `Secure; SameSite=None`, as under HTTPS.
    pub fn secure(mut self, secure: bool) -> Self {
        self.settings.secure = secure;
        self
    }

    /// How a time that has not come yet looks.
    pub fn absent_times(mut self, form: AbsentTimes) -> Self {
        self.settings.absent_times = form;
        self
    }

    /// How a job's id looks.
    pub fn job_ids(mut self, form: JobIds) -> Self {
        self.settings.job_ids = form;
        self
    }

    /// How the id of something that does not exist is refused.
    pub fn missing_ids(mut self, form: MissingIds) -> Self {
        self.settings.missing_ids = form;
        self
    }

    /// Adds a fault. Of those that may strike a call, the first whose turn it is does.
    pub fn fault(mut self, rule: FaultRule) -> Self {
        self.faults.push(rule);
        self
    }

    /// Makes faults by probability come the same way each time, for the same order of calls.
    pub fn seed(mut self, seed: u64) -> Self {
        self.seed = Some(seed);
        self
    }

    /// Starts it.
    ///
    /// # Errors
    /// [`EmulatorError`], if it cannot listen or if what was set makes no sense.
    pub async fn start(self) -> Result<Emulator, EmulatorError> {
        let speed = self.settings.speed;
        if !speed.is_finite() || speed <= 0.0 {
            return Err(EmulatorError::Speed(speed));
        }
        if let Some(problem) = self.faults.iter().find_map(FaultRule::problem) {
            return Err(EmulatorError::Fault(problem));
        }
        let workflows = if self.workflows.is_empty() { workflows::built_in() } else { self.workflows };
        let mut by_id = BTreeMap::new();
        for workflow in workflows {
            let id = workflow.id;
            if let Some(problem) = workflow.problem() {
                return Err(EmulatorError::Workflow(problem));
            }
            if by_id.insert(id, workflow).is_some() {
                return Err(EmulatorError::Workflow(format!("two workflows have the id {id}")));
            }
        }
        let graph = match self.graph {
            Some(graph) => graph,
            None => Graph::basketballplayer()?,
        };
        let address = self.settings.address;
        let unable = |source| EmulatorError::Listen { address, source };
        let listener = TcpListener::bind(address).await.map_err(unable)?;
        let address = listener.local_addr().map_err(unable)?;
        let faults = Faults::new(self.faults, self.seed.unwrap_or_else(rand::random));
        let (connections, refusals) = Connections::new();
        let state = Arc::new(State::new(self.settings.completed(), by_id, Results::new(graph), faults, connections));
        let door = FaultListener { address, listener: Some(listener), refusals, state: Arc::clone(&state) };
        let service = router::router(&state).into_make_service_with_connect_info::<Connection>();
        let (stop, stopped) = oneshot::channel();
        let serve = axum::serve(door, service).with_graceful_shutdown(async {
            // An emulator that is dropped without a word is stopped by its task's end.
            if stopped.await.is_err() {
                std::future::pending::<()>().await;
            }
        });
        let server = tokio::spawn(async move {
            // axum's server ends without an error.
            let _ = serve.await;
        });
        Ok(Emulator::new(address, state, stop, server))
    }
}

/// Accounts are not shown.
impl std::fmt::Debug for EmulatorBuilder {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("EmulatorBuilder").field("address", &self.settings.address).finish_non_exhaustive()
    }
}
