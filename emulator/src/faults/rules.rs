//! The faults, and the rules that decide which requests they are injected into.

use std::collections::BTreeMap;
use std::fmt;
use std::str::FromStr;
use std::sync::Mutex;
use std::time::Duration;

use clap::ValueEnum;
use nebula_explorer::operations::{OPERATIONS, Operation, Security};
use rand::rngs::StdRng;
use rand::{RngExt as _, SeedableRng as _};

use crate::defaults;
use crate::lock::lock;

/// A fault that is injected into a request.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, ValueEnum)]
#[non_exhaustive]
pub enum Fault {
    /// All connections break, and new ones are refused for a while; the request is not executed.
    Refuse,
    /// The request is executed; the response is delayed.
    Delay,
    /// The connection breaks before the request is executed.
    DropBefore,
    /// The request is executed; the connection breaks before the response.
    DropAfter,
    /// The request is executed; the connection breaks in the middle of the response body.
    CutBody,
    /// The request is executed; the response body arrives in small chunks over a while.
    DripBody,
    /// An HTML page of a proxy with HTTP 502; the request is not executed.
    BadGateway,
    /// An HTML page of a proxy with HTTP 503; the request is not executed.
    Unavailable,
    /// The request is executed; the response is an HTML page of a proxy with HTTP 504.
    GatewayTimeout,
    /// An HTML page of a proxy with HTTP 429 and `Retry-After`; the request is not executed.
    TooManyRequests,
    /// The request is executed; the response is an empty HTTP 500, as after the server's own timeout.
    EmptyError,
    /// The request is executed; the response is an envelope with the code of an internal error.
    InternalError,
    /// The web page of Explorer with HTTP 200, as for a wrong base URL; the request is not executed.
    WebPage,
    /// The code of an internal error with HTTP 200; the request is not executed.
    ErrorInSuccess,
    /// A code that the contract does not list; the request is not executed.
    UnknownCode,
    /// The request is executed; each status in the response is one that the contract does not list.
    UnknownStatus,
    /// The sign-in succeeds without a cookie.
    MissingCookie,
    /// The sign-in succeeds with a malformed cookie.
    MalformedCookie,
    /// The session of the request is closed before it is executed.
    RevokedToken,
    /// All sessions are closed before the request is executed, as by a restart of the server.
    Restart,
    /// A redirect to another server; the request is not executed.
    Redirect,
}

impl Fault {
    /// Whether it can be injected into requests to an operation: faults of the cookie apply to signing in, faults of the session
    /// to all other operations.
    pub fn applies_to(self, operation: &Operation) -> bool {
        match self {
            Self::MissingCookie | Self::MalformedCookie => operation.security == Security::Account,
            Self::RevokedToken | Self::Restart => operation.security == Security::Session,
            _ => true,
        }
    }

    fn name(self) -> String {
        self.to_possible_value().map(|value| value.get_name().to_string()).unwrap_or_default()
    }
}

/// The form of the command line, for example `drop-after`.
impl fmt::Display for Fault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(&self.name())
    }
}

/// A fault, the requests that it is injected into, and how many times.
///
/// ```
/// use nebula_explorer_emulator::{Fault, FaultRule};
///
/// let rule = FaultRule::new(Fault::DropAfter).operation("run_workflow").times(2);
/// assert_eq!(rule, "run_workflow=drop-after,times=2".parse().unwrap());
/// ```
#[derive(Clone, Debug, PartialEq)]
pub struct FaultRule {
    pub(crate) fault: Fault,
    operation: Option<String>,
    times: Option<u64>,
    probability: f64,
    pub(crate) duration: Duration,
}

impl FaultRule {
    /// A fault that is injected into every request that it [applies to](Fault::applies_to).
    pub fn new(fault: Fault) -> Self {
        Self { fault, operation: None, times: None, probability: 1.0, duration: defaults::FAULT_DURATION }
    }

    /// Only requests to this operation, by its `operationId`.
    pub fn operation(mut self, id: impl Into<String>) -> Self {
        self.operation = Some(id.into());
        self
    }

    /// At most this many times.
    pub fn times(mut self, times: u64) -> Self {
        self.times = Some(times);
        self
    }

    /// With this probability, from 0 to 1.
    pub fn probability(mut self, probability: f64) -> Self {
        self.probability = probability;
        self
    }

    /// How long [`Fault::Refuse`], [`Fault::Delay`] and [`Fault::DripBody`] take, in real time. By default
    /// [`FAULT_DURATION`](defaults::FAULT_DURATION).
    pub fn duration(mut self, duration: Duration) -> Self {
        self.duration = duration;
        self
    }

    /// Whether it can be injected into requests to an operation, by its `operationId`.
    pub fn is_for(&self, operation_id: &str) -> bool {
        Operation::find(operation_id).is_some_and(|operation| self.may_apply(operation))
    }

    fn validate(&self) -> Result<(), String> {
        if !(0.0..=1.0).contains(&self.probability) {
            return Err(format!("the probability of a fault must be from 0 to 1, not {}", self.probability));
        }
        let Some(id) = self.operation.as_deref() else { return Ok(()) };
        let operation = Operation::find(id).ok_or_else(|| {
            let known = OPERATIONS.iter().map(|operation| operation.id).collect::<Vec<_>>().join(", ");
            format!("unknown operation `{id}`, expected `{ANY}` or one of {known}")
        })?;
        match self.fault.applies_to(operation) {
            true => Ok(()),
            false => Err(format!("the fault {} does not apply to {id}", self.fault)),
        }
    }

    fn may_apply(&self, operation: &Operation) -> bool {
        self.operation.as_ref().is_none_or(|id| id == operation.id)
            && self.fault.applies_to(operation)
            && self.times != Some(0)
    }
}

/// Checks rules before they are used.
pub(crate) fn validate(rules: &[FaultRule]) -> Result<(), String> {
    rules.iter().try_for_each(FaultRule::validate)
}

/// The text form of a rule.
pub(crate) const FORM: &str = "OPERATION=FAULT[,times=N][,probability=P][,seconds=S]";

/// Stands for every operation in the text form.
const ANY: &str = "any";

/// Parses the form of the command line, where the operation is an `operationId` or `any`.
impl FromStr for FaultRule {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let form = || format!("`{text}` is not of the form {FORM}");
        let mut settings = text.split(',');
        let (operation, fault) = settings.next().and_then(|first| first.split_once('=')).ok_or_else(form)?;
        let fault = Fault::from_str(fault, false).map_err(|_| {
            let names = Fault::value_variants().iter().map(|fault| fault.name()).collect::<Vec<_>>().join(", ");
            format!("unknown fault `{fault}`, expected one of {names}")
        })?;
        let mut rule = Self::new(fault);
        if operation != ANY {
            rule = rule.operation(operation);
        }
        for setting in settings {
            let (name, value) = setting.split_once('=').ok_or_else(form)?;
            rule = match name {
                "times" => rule.times(value.parse().map_err(|_| form())?),
                "probability" => rule.probability(value.parse().map_err(|_| form())?),
                "seconds" => {
                    let seconds = value.parse().map_err(|_| form())?;
                    rule.duration(Duration::try_from_secs_f64(seconds).map_err(|_| form())?)
                }
                _ => return Err(form()),
            };
        }
        rule.validate().map(|()| rule)
    }
}

/// The fault rules of one emulator, and how many times each fault was injected.
pub(crate) struct Faults {
    state: Mutex<FaultState>,
}

struct FaultState {
    random: StdRng,
    rules: Vec<FaultRule>,
    injected: BTreeMap<Fault, u64>,
}

impl Faults {
    /// The same seed, rules and sequence of requests give the same faults.
    pub(crate) fn new(rules: Vec<FaultRule>, seed: u64) -> Self {
        let random = StdRng::seed_from_u64(seed);
        Self { state: Mutex::new(FaultState { random, rules, injected: BTreeMap::new() }) }
    }

    pub(crate) fn set(&self, rules: Vec<FaultRule>) {
        lock(&self.state).rules = rules;
    }

    pub(crate) fn injected(&self, fault: Fault) -> u64 {
        lock(&self.state).injected.get(&fault).copied().unwrap_or(0)
    }

    /// The rule whose fault is injected into the next request to an operation: the first that applies.
    pub(crate) fn draw(&self, operation: &Operation) -> Option<FaultRule> {
        let mut state = lock(&self.state);
        let FaultState { random, rules, injected } = &mut *state;
        let rule = rules.iter_mut().find(|rule| rule.may_apply(operation) && random.random_bool(rule.probability))?;
        rule.times = rule.times.map(|times| times.saturating_sub(1));
        *injected.entry(rule.fault).or_default() += 1;
        Some(rule.clone())
    }
}
