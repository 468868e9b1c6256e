//! Configures and starts an emulator.

use std::collections::BTreeMap;
use std::fmt;
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use tokio::sync::oneshot;

use crate::api::router::router;
use crate::behaviour::Behaviour;
use crate::emulator::Emulator;
use crate::engine::graph::Graph;
use crate::engine::results::Results;
use crate::engine::workflows::{self, Workflow};
use crate::error::EmulatorError;
use crate::faults::listener::FaultListener;
use crate::faults::rules::{FaultRule, Faults, validate};
use crate::serve::serve;
use crate::settings::{ServerVersion, Settings};
use crate::state::State;

/// Configures and starts an [`Emulator`].
#[derive(Clone, Default)]
#[must_use = "the emulator is started by `start`"]
pub struct EmulatorBuilder {
    settings: Settings,
    workflows: Vec<Workflow>,
    graph: Option<Graph>,
    faults: Vec<FaultRule>,
    seed: Option<u64>,
}

impl Emulator {
    /// A builder with the [default settings](crate::defaults).
    pub fn builder() -> EmulatorBuilder {
        EmulatorBuilder::default()
    }
}

impl EmulatorBuilder {
    /// The address to listen on. By default, a free port of the loopback interface.
    pub fn address(mut self, address: SocketAddr) -> Self {
        self.settings.address = address;
        self
    }

    /// How many times faster than real time jobs run.
    pub fn speed(mut self, speed: f64) -> Self {
        self.settings.speed = speed;
        self
    }

    /// How long a token is valid, in real time.
    pub fn token_life(mut self, life: Duration) -> Self {
        self.settings.token_life = life;
        self
    }

    /// Adds an account, instead of the [default](crate::defaults::ACCOUNT).
    pub fn account(mut self, user: impl Into<String>, password: impl Into<String>) -> Self {
        self.settings.accounts.push((user.into(), password.into()));
        self
    }

    /// Adds a graph service that can be reached, instead of the [defaults](crate::defaults::GRAPH_SERVICES).
    pub fn graph_service(mut self, address: impl Into<String>, port: u16) -> Self {
        self.settings.graph_services.push((address.into(), port));
        self
    }

    /// Adds a workflow, instead of the [built-in ones](crate::workflows::built_in).
    pub fn workflow(mut self, workflow: Workflow) -> Self {
        self.workflows.push(workflow);
        self
    }

    /// The graph to compute over, instead of the [sample](Graph::basketballplayer).
    pub fn graph(mut self, graph: Graph) -> Self {
        self.graph = Some(graph);
        self
    }

    /// The version of Explorer to emulate.
    pub fn version(mut self, version: ServerVersion) -> Self {
        self.settings.version = version;
        self
    }

    /// Whether the session cookie has the attributes `Secure; SameSite=None`, as under HTTPS.
    pub fn secure(mut self, secure: bool) -> Self {
        self.settings.secure = secure;
        self
    }

    /// How the server decides what the documentation leaves open.
    pub fn behaviour(mut self, behaviour: Behaviour) -> Self {
        self.settings.behaviour = behaviour;
        self
    }

    /// Adds a fault rule. At most one fault is injected into a request: that of the first rule that applies.
    pub fn fault(mut self, rule: FaultRule) -> Self {
        self.faults.push(rule);
        self
    }

    /// Makes random faults reproducible, for the same sequence of requests.
    pub fn seed(mut self, seed: u64) -> Self {
        self.seed = Some(seed);
        self
    }

    /// Starts the emulator.
    ///
    /// # Errors
    /// [`EmulatorError`] if the address cannot be listened on or a setting is invalid.
    pub async fn start(self) -> Result<Emulator, EmulatorError> {
        let speed = self.settings.speed;
        if !speed.is_finite() || speed <= 0.0 {
            return Err(EmulatorError::Speed(speed));
        }
        validate(&self.faults).map_err(EmulatorError::Fault)?;
        let workflows = if self.workflows.is_empty() { workflows::built_in() } else { self.workflows };
        let workflows = by_id(workflows).map_err(EmulatorError::Workflow)?;
        let graph = match self.graph {
            Some(graph) => graph,
            None => Graph::basketballplayer()?,
        };
        let faults = Faults::new(self.faults, self.seed.unwrap_or_else(rand::random));
        let requested = self.settings.address;
        let listener = FaultListener::bind(requested, self.settings.behaviour.idle_timeout)
            .await
            .map_err(|source| EmulatorError::Listen { address: requested, source })?;
        let address = listener.address();
        let settings = self.settings.with_defaults();
        let state = Arc::new(State::new(settings, workflows, Results::new(graph), faults, listener.connections()));
        let (stop, stopped) = oneshot::channel();
        let stopped = async {
            // Dropping the emulator aborts the server's task instead.
            if stopped.await.is_err() {
                std::future::pending::<()>().await;
            }
        };
        let server = tokio::spawn(serve(listener, router(&state), stopped));
        Ok(Emulator::new(address, state, stop, server))
    }
}

fn by_id(workflows: Vec<Workflow>) -> Result<BTreeMap<i64, Workflow>, String> {
    let mut by_id = BTreeMap::new();
    for workflow in workflows {
        workflow.validate()?;
        let id = workflow.id;
        if by_id.insert(id, workflow).is_some() {
            return Err(format!("two workflows have the id {id}"));
        }
    }
    Ok(by_id)
}

/// Without accounts, which contain passwords.
impl fmt::Debug for EmulatorBuilder {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("EmulatorBuilder").field("address", &self.settings.address).finish_non_exhaustive()
    }
}
