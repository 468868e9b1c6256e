//! A running emulator.

use std::fmt;
use std::net::SocketAddr;
use std::sync::Arc;

use jiff::Timestamp;
use nebula_explorer::generated::types::RunInput;
use tokio::sync::oneshot;
use tokio::task::JoinHandle;

use crate::behaviour::Behaviour;
use crate::error::EmulatorError;
use crate::faults::rules::{Fault, FaultRule, validate};
use crate::state::State;

/// A running emulator. It stops when it is dropped.
pub struct Emulator {
    address: SocketAddr,
    state: Arc<State>,
    stop: Option<oneshot::Sender<()>>,
    server: JoinHandle<()>,
}

impl Emulator {
    pub(crate) fn new(
        address: SocketAddr,
        state: Arc<State>,
        stop: oneshot::Sender<()>,
        server: JoinHandle<()>,
    ) -> Self {
        Self { address, state, stop: Some(stop), server }
    }

    /// The base URL, for example `http://127.0.0.1:40321`.
    pub fn url(&self) -> String {
        format!("http://{}", self.address)
    }

    /// The address that it listens on.
    pub fn address(&self) -> SocketAddr {
        self.address
    }

    /// The ids and names of the workflows.
    pub fn workflows(&self) -> impl Iterator<Item = (i64, &str)> {
        self.state.workflows.values().map(|workflow| (workflow.id, workflow.name.as_str()))
    }

    /// How it decides what the documentation leaves open.
    pub fn behaviour(&self) -> &Behaviour {
        &self.state.settings.behaviour
    }

    /// The emulated time.
    pub fn now(&self) -> Timestamp {
        self.state.clock.now()
    }

    /// The number of successful sign-ins.
    pub fn sign_ins(&self) -> u64 {
        self.state.sign_ins()
    }

    /// The number of requests to an operation, by its `operationId`, rejected ones included.
    pub fn calls(&self, operation_id: &str) -> u64 {
        self.state.calls(operation_id)
    }

    /// The number of jobs that were created.
    pub fn jobs(&self) -> usize {
        self.state.jobs.created()
    }

    /// The ids of the jobs that were created, with the input of each. Of very many jobs, or very large inputs, only the newest.
    pub fn inputs(&self) -> Vec<(i64, RunInput)> {
        self.state.jobs.inputs()
    }

    /// Closes all sessions, as a restart of the real server does. Jobs are kept.
    pub fn forget_sessions(&self) {
        self.state.sessions.close_all();
    }

    /// Replaces all fault rules.
    ///
    /// # Errors
    /// [`EmulatorError::Fault`] if a rule is invalid; the previous rules then stay in effect.
    pub fn set_faults(&self, rules: Vec<FaultRule>) -> Result<(), EmulatorError> {
        validate(&rules).map_err(EmulatorError::Fault)?;
        self.state.faults.set(rules);
        Ok(())
    }

    /// How many times a fault was injected.
    pub fn injected(&self, fault: Fault) -> u64 {
        self.state.faults.injected(fault)
    }

    /// Stops accepting requests and waits until those in progress are finished.
    pub async fn shutdown(mut self) {
        if let Some(stop) = self.stop.take() {
            // Sending fails only if the server has already stopped.
            let _ = stop.send(());
        }
        let _ = (&mut self.server).await;
    }
}

impl Drop for Emulator {
    fn drop(&mut self) {
        self.server.abort();
    }
}

impl fmt::Debug for Emulator {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Emulator").field("address", &self.address).finish_non_exhaustive()
    }
}
