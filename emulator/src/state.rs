//! The state of one emulator, shared by all requests.

use std::collections::{BTreeMap, HashMap};
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex};

use crate::circuit_breaker::CircuitBreaker;
use crate::clock::Clock;
use crate::engine::jobs::Jobs;
use crate::engine::results::Results;
use crate::engine::workflows::Workflow;
use crate::faults::listener::Connections;
use crate::faults::rules::Faults;
use crate::lock::lock;
use crate::sessions::Sessions;
use crate::settings::Settings;
use crate::unknown_parameters::UnknownParameters;

pub(crate) struct State {
    pub settings: Settings,
    pub clock: Clock,
    pub sessions: Sessions,
    pub workflows: BTreeMap<i64, Workflow>,
    pub results: Results,
    pub jobs: Jobs,
    pub faults: Faults,
    pub connections: Arc<Connections>,
    pub unknown_parameters: UnknownParameters,
    pub circuit_breaker: CircuitBreaker,
    sign_ins: AtomicU64,
    calls: Mutex<HashMap<&'static str, u64>>,
}

impl State {
    pub(crate) fn new(
        settings: Settings,
        workflows: BTreeMap<i64, Workflow>,
        results: Results,
        faults: Faults,
        connections: Arc<Connections>,
    ) -> Self {
        Self {
            clock: Clock::start(settings.speed),
            sessions: Sessions::new(settings.token_life, settings.behaviour.session_limit),
            workflows,
            results,
            jobs: Jobs::default(),
            faults,
            connections,
            settings,
            unknown_parameters: UnknownParameters::default(),
            circuit_breaker: CircuitBreaker::default(),
            sign_ins: AtomicU64::new(0),
            calls: Mutex::default(),
        }
    }

    pub(crate) fn count_sign_in(&self) {
        self.sign_ins.fetch_add(1, Ordering::Relaxed);
    }

    pub(crate) fn sign_ins(&self) -> u64 {
        self.sign_ins.load(Ordering::Relaxed)
    }

    pub(crate) fn count_call(&self, operation_id: &'static str) {
        *lock(&self.calls).entry(operation_id).or_default() += 1;
    }

    pub(crate) fn calls(&self, operation_id: &str) -> u64 {
        lock(&self.calls).get(operation_id).copied().unwrap_or(0)
    }
}
