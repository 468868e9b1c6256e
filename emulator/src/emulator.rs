//! A running emulator.

use std::net::SocketAddr;
use std::sync::Arc;

use jiff::Timestamp;
use nebula_explorer::generated::types::RunInput;
use tokio::sync::oneshot;
use tokio::task::JoinHandle;

use crate::builder::{EmulatorBuilder, EmulatorError};
use crate::faults::rules::{Fault, FaultRule};
use crate::state::State;

/// A running emulator. It stops when it is dropped.
#[derive(Debug)]
pub struct Emulator {
    address: SocketAddr,
    state: Handle,
    stop: Option<oneshot::Sender<()>>,
    server: JoinHandle<()>,
}

/// The state, which has nothing to show.
pub(crate) struct Handle(pub Arc<State>);

impl Emulator {
    /// What can be set before it starts.
    pub fn builder() -> EmulatorBuilder {
        EmulatorBuilder::default()
    }

    pub(crate) fn new(
        address: SocketAddr,
        state: Arc<State>,
        stop: oneshot::Sender<()>,
        server: JoinHandle<()>,
    ) -> Self {
        Self { address, state: Handle(state), stop: Some(stop), server }
    }

    /// Where it listens: `http://127.0.0.1:` and the port.
    pub fn url(&self) -> String {
        format!("http://{}", self.address)
    }

    /// Where it listens.
    pub fn address(&self) -> SocketAddr {
        self.address
    }

    /// The workflows that can be run: ids and names.
    pub fn workflows(&self) -> impl Iterator<Item = (i64, &str)> {
        self.state.0.workflows.values().map(|workflow| (workflow.id, workflow.name.as_str()))
    }

    /// The emulated time.
    pub fn now(&self) -> Timestamp {
        self.state.0.clock.now()
    }

    /// How often somebody has signed in.
    pub fn sign_ins(&self) -> u64 {
        self.state.0.sign_ins()
    }

    /// How often an operation has been called, by its `operationId`, refused calls included.
    pub fn calls(&self, operation_id: &str) -> u64 {
        self.state.0.calls(operation_id)
    }

    /// How many jobs have been made.
    pub fn jobs(&self) -> usize {
        self.state.0.jobs.count()
    }

    /// Forgets all sessions, as a restart of the real server does. Jobs stay.
    pub fn forget_sessions(&self) {
        self.state.0.sessions.forget();
    }

    /// The jobs that have been made, by id, with what each was run with.
    pub fn inputs(&self) -> Vec<(i64, RunInput)> {
        self.state.0.jobs.inputs()
    }

    /// Puts these faults in place of those that there were.
    ///
    /// # Errors
    /// [`EmulatorError::Fault`] for a rule that makes no sense; then those that there were stay.
    pub fn set_faults(&self, rules: Vec<FaultRule>) -> Result<(), EmulatorError> {
        match rules.iter().find_map(FaultRule::problem) {
            Some(problem) => Err(EmulatorError::Fault(problem)),
            None => {
                self.state.0.faults.set(rules);
                Ok(())
            }
        }
    }

    /// How often a fault has injected.
    pub fn injected(&self, fault: Fault) -> u64 {
        self.state.0.faults.injected(fault)
    }

    /// Stops, after the answers that are under way.
    pub async fn shutdown(mut self) {
        if let Some(stop) = self.stop.take() {
            // It fails only if the server has stopped already.
            let _ = stop.send(());
        }
        let _ = (&mut self.server).await;
    }

    /// Runs until it is stopped from elsewhere.
    pub async fn stopped(mut self) {
        let _ = (&mut self.server).await;
    }
}

impl Drop for Emulator {
    fn drop(&mut self) {
        self.server.abort();
    }
}

impl std::fmt::Debug for Handle {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("State")
    }
}
