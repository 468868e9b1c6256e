//! Faults on demand: which calls they strike, and how often.

use std::collections::BTreeMap;
use std::fmt;
use std::str::FromStr;
use std::sync::Mutex;
use std::time::Duration;

use clap::ValueEnum;
use nebula_explorer::operations::{OPERATIONS, Operation, Security};
use rand::rngs::StdRng;
use rand::{RngExt as _, SeedableRng as _};

use crate::lock::lock;

/// What goes wrong with a call: before the server acts on it, or after.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, ValueEnum)]
#[non_exhaustive]
pub enum Fault {
    /// All connections break, and new ones are refused for a while; the call is not acted upon.
    Refuse,
    /// The call is acted upon, and the answer comes after a while.
    Delay,
    /// The connection breaks before the call is acted upon.
    DropBefore,
    /// The call is acted upon, and the connection breaks before the answer.
    DropAfter,
    /// The call is acted upon, and the connection breaks in the middle of the answer.
    CutBody,
    /// The call is acted upon, and the answer comes in small bits over a while.
    DripBody,
    /// A proxy's HTML page with HTTP 502; the call has not reached the server.
    BadGateway,
    /// A proxy's HTML page with HTTP 503; the call has not reached the server.
    Unavailable,
    /// The call is acted upon, and the answer is a proxy's HTML page with HTTP 504.
    GatewayTimeout,
    /// A proxy's 429 with `Retry-After`; the call has not reached the server.
    TooManyRequests,
    /// The call is acted upon, and the answer is an empty 500: how the server's own time limit looks.
    EmptyError,
    /// The call is acted upon, and the answer is an envelope with the code of an internal error.
    InternalError,
    /// The web page of Explorer with HTTP 200, as under a wrong address; the call is not acted upon.
    WebPage,
    /// The code of an internal error under HTTP 200; the call is not acted upon.
    ErrorInSuccess,
    /// A code that the contract does not list; the call is not acted upon.
    UnknownCode,
    /// The call is acted upon; each status in the answer is one that the contract does not list.
    UnknownStatus,
    /// A sign-in succeeds without a cookie.
    MissingCookie,
    /// A sign-in succeeds with a cookie that is none.
    MalformedCookie,
    /// The token that the call bears is refused from now on.
    RevokedToken,
    /// All tokens are refused from now on, as after a restart of the server.
    Restart,
    /// A redirect to another server; the call is not acted upon.
    Redirect,
}

impl Fault {
    /// Whether calls of an operation can suffer from it: cookies come with signing in, tokens go out with the rest.
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

/// As on the command line: `drop-after`.
impl fmt::Display for Fault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(&self.name())
    }
}

/// A fault, the calls that it may strike, and how often it does.
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
    /// A fault that strikes every call, of every operation that it applies_to.
    pub fn new(fault: Fault) -> Self {
        Self { fault, operation: None, times: None, probability: 1.0, duration: Duration::from_secs(1) }
    }

    /// Only calls of this operation, by its `operationId`.
    pub fn operation(mut self, id: impl Into<String>) -> Self {
        self.operation = Some(id.into());
        self
    }

    /// So many times, and no more.
    pub fn times(mut self, times: u64) -> Self {
        self.times = Some(times);
        self
    }

    /// With this probability, from 0 to 1.
    pub fn probability(mut self, probability: f64) -> Self {
        self.probability = probability;
        self
    }

    /// How long [`Fault::Refuse`], [`Fault::Delay`] and [`Fault::DripBody`] last; a second unless set. By the wall's clock.
    pub fn duration(mut self, duration: Duration) -> Self {
        self.duration = duration;
        self
    }

    /// Whether it may strike calls of an operation, by its `operationId`.
    pub fn is_for(&self, operation_id: &str) -> bool {
        Operation::find(operation_id).is_some_and(|operation| self.may_apply(operation))
    }

    /// What is wrong with it, if something is.
    pub(crate) fn problem(&self) -> Option<String> {
        if !(0.0..=1.0).contains(&self.probability) {
            return Some(format!("the probability of a fault is a number from 0 to 1, and not {}", self.probability));
        }
        let operation = match self.operation.as_deref().map(|id| (id, Operation::find(id))) {
            None => return None,
            Some((_, Some(operation))) => operation,
            Some((id, None)) => {
                let known = OPERATIONS.iter().map(|operation| operation.id).collect::<Vec<_>>().join(", ");
                return Some(format!("there is no operation `{id}`: it is `any` or one of {known}"));
            }
        };
        (!self.fault.applies_to(operation)).then(|| format!("the fault {} cannot strike {}", self.fault, operation.id))
    }

    fn may_apply(&self, operation: &Operation) -> bool {
        self.operation.as_ref().is_none_or(|id| id == operation.id)
            && self.fault.applies_to(operation)
            && self.times != Some(0)
    }
}

/// `OPERATION=FAULT`, then `,times=N`, `,probability=P` and `,seconds=S` as wanted. `any` stands for every operation.
impl FromStr for FaultRule {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let form = || format!("`{text}` is not OPERATION=FAULT[,times=N][,probability=P][,seconds=S]");
        let mut settings = text.split(',');
        let (operation, fault) = settings.next().and_then(|first| first.split_once('=')).ok_or_else(form)?;
        let fault = Fault::from_str(fault, false).map_err(|_| {
            let names = Fault::value_variants().iter().map(|fault| fault.name()).collect::<Vec<_>>().join(", ");
            format!("there is no fault `{fault}`: it is one of {names}")
        })?;
        let mut rule = Self::new(fault);
        if operation != "any" {
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
        rule.problem().map_or(Ok(rule), Err)
    }
}

/// The faults of one emulator.
pub(crate) struct Faults {
    state: Mutex<FaultState>,
}

struct FaultState {
    random: StdRng,
    rules: Vec<FaultRule>,
    injected: BTreeMap<Fault, u64>,
}

impl Faults {
    /// The same seed, rules and order of calls give the same faults.
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

    /// The fault that strikes a call: that of the first rule whose turn it is.
    pub(crate) fn draw(&self, operation: &Operation) -> Option<FaultRule> {
        let mut state = lock(&self.state);
        let FaultState { random, rules, injected } = &mut *state;
        let rule = rules.iter_mut().find(|rule| rule.may_apply(operation) && random.random_bool(rule.probability))?;
        rule.times = rule.times.map(|times| times.saturating_sub(1));
        *injected.entry(rule.fault).or_default() += 1;
        Some(rule.clone())
    }
}
