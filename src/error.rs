//! What can go wrong, by what the caller can do about it.

use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use jiff::Timestamp;

use crate::generated::{ErrorCode, JobStatus, types};
use crate::job::Job;
use crate::operations::Operation;
use crate::rows::RowError;

/// The error of every call. Match on the variant to tell what to do.
///
/// An error can be cloned, because one refused sign-in answers every call that waits for it. No variant and no text holds a
/// password or a token.
#[derive(Clone, Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// The server refused the account. A wrong password and a graph service that cannot be reached bear the same code: the
    /// detail tells them apart.
    #[error("sign-in refused: {0}")]
    SignInRefused(Box<Refusal>),

    /// The server understood the call and refused it, or failed in serving it.
    #[error("{0}")]
    Refused(Box<Refusal>),

    /// No connection to the server came about, so the call has not reached it.
    #[error("cannot reach {url}: {reason}. Is Explorer running there, and is the address right?")]
    Unreachable {
        /// The address of the server.
        url: String,
        /// Why, in the words of the transport.
        reason: String,
        /// The transport's own error.
        source: Arc<reqwest::Error>,
    },

    /// The connection broke before the whole answer had come. The server may have acted.
    #[error("{operation}: the connection to {url} broke: {reason}")]
    ConnectionLost {
        /// The operation, by its `operationId`.
        operation: &'static str,
        /// The address of the server.
        url: String,
        /// Why, in the words of the transport.
        reason: String,
        /// The transport's own error; `None` where it took the answer for whole, and its JSON ends early.
        source: Option<Arc<reqwest::Error>>,
        /// The id under which the server traces the call, if its answer had begun to come.
        trace_id: Option<String>,
    },

    /// No answer within the time limit. Unless `connecting`, the server may have acted.
    #[error("{operation}: no answer from {url} within {} s{}", .limit.as_secs_f64(), if *.connecting { " (no connection yet)" } else { "" })]
    TimedOut {
        /// The operation, by its `operationId`.
        operation: &'static str,
        /// The address of the server.
        url: String,
        /// The time limit of one call.
        limit: Duration,
        /// Whether not even a connection came about, so that the call has not reached the server.
        connecting: bool,
        /// The id under which the server traces the call, if its answer had begun to come.
        trace_id: Option<String>,
    },

    /// The server sent the call elsewhere. Redirects are not followed, so that account and token go to the configured
    /// address only.
    #[error("{operation}: {url} redirects (HTTP {status}) to {}. Redirects are not followed: if that is the right address, use it", .to.as_deref().unwrap_or("an address that it does not name"))]
    Redirected {
        /// The operation, by its `operationId`.
        operation: &'static str,
        /// The address of the server.
        url: String,
        /// The HTTP status.
        status: u16,
        /// Where to, from the header `Location`.
        to: Option<String>,
        /// The id under which the server traces the call.
        trace_id: Option<String>,
    },

    /// An answer that is not of this API: a proxy's error page, Explorer's own web page under a wrong address, an empty 500.
    #[error("{0}")]
    NotExplorer(Box<ForeignAnswer>),

    /// An answer of the API that does not fit the contract.
    #[error("{0}")]
    InvalidAnswer(Box<InvalidAnswer>),

    /// An answer larger than the client accepts. It was not read to its end.
    #[error(
        "{operation}: the answer is larger than {limit} bytes. Ask for less, or raise the client's max_response_bytes"
    )]
    AnswerTooLarge {
        /// The operation, by its `operationId`.
        operation: &'static str,
        /// The limit, in bytes.
        limit: usize,
        /// The id under which the server traces the call.
        trace_id: Option<String>,
    },

    /// The answer to running a workflow was lost, so the job may or may not exist.
    #[error("{0}")]
    AnswerLost(Box<LostAnswer>),

    /// A row of a result does not fit the type that was asked for.
    #[error("{0}")]
    Row(Box<RowError>),

    /// The job has ended and failed.
    #[error("{}", ended_badly(.0))]
    JobFailed(Box<Job>),

    /// The job has ended because it was cancelled.
    #[error("{}", ended_badly(.0))]
    JobInterrupted(Box<Job>),

    /// The job has ended and succeeded, without the condition that was waited for.
    #[error("job {} ({}) has succeeded without what was waited for", .0.id, .0.name)]
    JobSucceeded(Box<Job>),

    /// The job has not ended within the time that the caller would wait. It goes on running.
    #[error("job {job_id} has not ended within {} s; it goes on running", .limit.as_secs_f64())]
    WaitTimedOut {
        /// The job.
        job_id: i64,
        /// How long was waited.
        limit: Duration,
        /// The job as it was last seen; `None` if it never was.
        last: Option<Box<Job>>,
    },

    /// The caller's mistake: an address that is none, a parameter that is neither a string nor a number.
    #[error("{0}")]
    Usage(String),
}

/// A code from the server, with its reason.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Refusal {
    /// The code; one that the contract does not list keeps its number.
    pub code: ErrorCode,
    /// The name, as the server gave it: `ErrSession`.
    pub name: String,
    /// What the server says beyond the name: `token is expired`.
    pub detail: Option<String>,
    /// The HTTP status that belongs to the code: the answer's own, or the code's category where the answer had 200.
    pub http_status: u16,
    /// The operation, by its `operationId`.
    pub operation: &'static str,
    /// The id under which the server traces the call, from the header `Traceparent`.
    pub trace_id: Option<String>,
}

/// What came instead of an answer of this API.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct ForeignAnswer {
    /// The operation, by its `operationId`.
    pub operation: &'static str,
    /// The address of the server.
    pub url: String,
    /// The HTTP status.
    pub http_status: u16,
    /// The header `Content-Type`.
    pub content_type: Option<String>,
    /// The first characters of the body.
    pub start: String,
    /// The id under which the server traces the call, if it gave one.
    pub trace_id: Option<String>,
    /// What the header `Retry-After` asks for.
    pub retry_after: Option<Duration>,
}

/// Where an answer does not fit the contract, and how.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct InvalidAnswer {
    /// The operation, by its `operationId`.
    pub operation: &'static str,
    /// The place in the JSON, such as `data.items[3].status`; for headers, their name.
    pub place: String,
    /// What is wrong there.
    pub problem: String,
    /// The id under which the server traces the call.
    pub trace_id: Option<String>,
}

/// A submission of which nobody knows whether it made a job, with what is needed to find out.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct LostAnswer {
    /// The workflow.
    pub workflow_id: i64,
    /// A time on the server's clock that is not after the request; `None` if the clock is not known. The job, if it exists, is
    /// among the workflow's jobs that were created at this time or later.
    pub sent_after: Option<Timestamp>,
    /// How the answer was lost.
    pub cause: Error,
    /// The jobs that can be it, where the SDK was asked to look; see [`OnLostAnswer`](crate::OnLostAnswer).
    pub candidates: Vec<Job>,
}

impl Error {
    /// Whether the same call may succeed when it is made again: the server could not be reached, did not answer in time, or
    /// something in front of it was busy. Whether it is safe to make it again is another question: running a workflow twice
    /// makes two jobs.
    pub fn is_retryable(&self) -> bool {
        match self {
            Self::Unreachable { .. } | Self::ConnectionLost { .. } | Self::TimedOut { .. } => true,
            Self::NotExplorer(answer) => matches!(answer.http_status, 429 | 500 | 502 | 503 | 504),
            _ => false,
        }
    }

    /// Whether another poll may go better. What the caller or the server has decided does not pass by itself.
    pub(crate) fn may_pass(&self) -> bool {
        match self {
            Self::SignInRefused(refusal) | Self::Refused(refusal) => refusal.http_status >= 500,
            Self::NotExplorer(_) | Self::InvalidAnswer(_) => true,
            error => error.is_retryable(),
        }
    }

    /// The error for a job that has ended in another way than was waited for.
    pub(crate) fn of_end(job: Job) -> Self {
        let job = Box::new(job);
        match job.status {
            JobStatus::Success => Self::JobSucceeded(job),
            JobStatus::Interrupted => Self::JobInterrupted(job),
            _ => Self::JobFailed(job),
        }
    }

    /// The code, if the server gave one.
    pub fn code(&self) -> Option<ErrorCode> {
        self.refusal().map(|refusal| refusal.code)
    }

    /// The server's refusal, of a sign-in or of another call.
    pub fn refusal(&self) -> Option<&Refusal> {
        match self {
            Self::SignInRefused(refusal) | Self::Refused(refusal) => Some(refusal),
            _ => None,
        }
    }

    /// What the header `Retry-After` asks for.
    pub(crate) fn retry_after(&self) -> Option<Duration> {
        match self {
            Self::NotExplorer(answer) => answer.retry_after,
            _ => None,
        }
    }

    /// Whether no byte of the request can have reached the server.
    pub(crate) fn is_before_sending(&self) -> bool {
        matches!(self, Self::Unreachable { .. } | Self::TimedOut { connecting: true, .. })
    }

    /// Whether a request to run a workflow that failed like this may have made a job all the same. A refusal of the server's
    /// own says so only if something inside failed: nothing promises that no job was made then.
    pub(crate) fn may_have_made_a_job(&self) -> bool {
        let may_have_acted = match self {
            Self::ConnectionLost { .. } | Self::InvalidAnswer(_) | Self::AnswerTooLarge { .. } => true,
            Self::TimedOut { connecting, .. } => !connecting,
            // A success that is cut off before it says anything; one that is a web page comes from another path.
            Self::NotExplorer(answer) => {
                answer.http_status >= 500 || (answer.http_status < 300 && !answer.start.starts_with('<'))
            }
            Self::Refused(refusal) => refusal.http_status >= 500,
            _ => false,
        };
        // A sign-in that fails on the way is another request.
        may_have_acted && self.operation().and_then(Operation::find).is_some_and(|operation| !operation.is_repeatable())
    }

    /// The variant in a word, for logs and metrics: it names no place and no value.
    pub fn kind(&self) -> &'static str {
        match self {
            Self::SignInRefused(_) => "sign_in_refused",
            Self::Refused(_) => "refused",
            Self::Unreachable { .. } => "unreachable",
            Self::ConnectionLost { .. } => "connection_lost",
            Self::TimedOut { .. } => "timeout",
            Self::Redirected { .. } => "redirected",
            Self::NotExplorer(_) => "not_explorer",
            Self::InvalidAnswer(_) => "invalid_answer",
            Self::AnswerTooLarge { .. } => "answer_too_large",
            Self::AnswerLost(_) => "answer_lost",
            Self::Row(_) => "row",
            Self::JobFailed(_) => "job_failed",
            Self::JobInterrupted(_) => "job_interrupted",
            Self::JobSucceeded(_) => "job_succeeded",
            Self::WaitTimedOut { .. } => "wait_timeout",
            Self::Usage(_) => "usage",
        }
    }

    /// The operation that failed, by its `operationId`.
    pub fn operation(&self) -> Option<&'static str> {
        match self {
            Self::SignInRefused(refusal) | Self::Refused(refusal) => Some(refusal.operation),
            Self::NotExplorer(answer) => Some(answer.operation),
            Self::InvalidAnswer(answer) => Some(answer.operation),
            Self::AnswerLost(lost) => lost.cause.operation(),
            Self::ConnectionLost { operation, .. }
            | Self::TimedOut { operation, .. }
            | Self::Redirected { operation, .. }
            | Self::AnswerTooLarge { operation, .. } => Some(operation),
            _ => None,
        }
    }

    /// The id under which the server traces the call, for a question to whoever runs it; `None` if no answer has come.
    pub fn trace_id(&self) -> Option<&str> {
        match self {
            Self::SignInRefused(refusal) | Self::Refused(refusal) => refusal.trace_id.as_deref(),
            Self::NotExplorer(answer) => answer.trace_id.as_deref(),
            Self::InvalidAnswer(answer) => answer.trace_id.as_deref(),
            Self::AnswerLost(lost) => lost.cause.trace_id(),
            Self::Row(error) => error.trace_id.as_deref(),
            Self::ConnectionLost { trace_id, .. }
            | Self::TimedOut { trace_id, .. }
            | Self::Redirected { trace_id, .. }
            | Self::AnswerTooLarge { trace_id, .. } => trace_id.as_deref(),
            _ => None,
        }
    }

    /// The same error, of a call whose answer had begun to come.
    pub(crate) fn traced(mut self, id: Option<String>) -> Self {
        match &mut self {
            Self::ConnectionLost { trace_id, .. }
            | Self::TimedOut { trace_id, .. }
            | Self::Redirected { trace_id, .. }
            | Self::AnswerTooLarge { trace_id, .. } => *trace_id = id,
            _ => {}
        }
        self
    }

    /// The same error, with every text that came from the server put through `change`.
    pub(crate) fn map_texts(mut self, change: impl Fn(String) -> String) -> Self {
        match &mut self {
            Self::SignInRefused(refusal) | Self::Refused(refusal) => {
                refusal.name = change(std::mem::take(&mut refusal.name));
                refusal.detail = refusal.detail.take().map(change);
            }
            Self::NotExplorer(answer) => {
                answer.start = change(std::mem::take(&mut answer.start));
                answer.content_type = answer.content_type.take().map(change);
            }
            Self::InvalidAnswer(answer) => answer.problem = change(std::mem::take(&mut answer.problem)),
            Self::Redirected { to, .. } => *to = to.take().map(change),
            _ => {}
        }
        self
    }

    pub(crate) fn from_transport(error: reqwest::Error, operation: &'static str, url: &str, limit: Duration) -> Self {
        let connecting = error.is_connect();
        if error.is_timeout() {
            return Self::TimedOut { operation, url: url.into(), limit, connecting, trace_id: None };
        }
        if error.is_builder() {
            return Self::Usage(format!("{operation}: the request cannot be sent: {}", root_cause(&error)));
        }
        let (url, reason, source) = (url.into(), root_cause(&error), Arc::new(error.without_url()));
        if connecting {
            Self::Unreachable { url, reason, source }
        } else {
            Self::ConnectionLost { operation, url, reason, source: Some(source), trace_id: None }
        }
    }
}

impl Refusal {
    /// A message is the name, or the name, two colons and a detail; `details` may say more.
    pub(crate) fn new(
        envelope: types::ErrorResponse,
        operation: &'static str,
        http_status: u16,
        trace_id: Option<String>,
    ) -> Self {
        let (name, detail) = match envelope.message.split_once("::") {
            Some((name, detail)) => (name.to_string(), Some(detail.to_string())),
            None => (envelope.message, None),
        };
        let said = [detail, envelope.details].into_iter().flatten().filter(|text| !text.is_empty());
        let detail = said.reduce(|detail, more| format!("{detail} ({more})"));
        Self { code: envelope.code, name, detail, http_status, operation, trace_id }
    }
}

impl fmt::Display for Refusal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { code, name, detail, http_status, operation, .. } = self;
        write!(f, "{operation}: {name}")?;
        match (detail, code.description()) {
            (Some(detail), _) => write!(f, ": {detail}")?,
            (None, Some(description)) => write!(f, ": {description}")?,
            (None, None) => {}
        }
        write!(f, " (code {}, HTTP {http_status})", code.number())
    }
}

impl fmt::Display for ForeignAnswer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { operation, url, http_status, content_type, start, .. } = self;
        write!(f, "{operation}: what answered at {url} is not Explorer's API: HTTP {http_status}, ")?;
        match content_type {
            Some(content_type) => write!(f, "{content_type}")?,
            None => f.write_str("no content type")?,
        }
        if start.is_empty() {
            f.write_str(", an empty body")?;
        } else {
            write!(f, ", beginning {start:?}")?;
        }
        f.write_str(match http_status {
            200..=299 => ". Is the address right? A wrong path is answered with Explorer's web page",
            405 => ". Is the address right, and is the server of a version that has this operation?",
            413 => ". A proxy in front of Explorer takes no request of this size",
            429 => ". A proxy in front of Explorer asks for fewer calls: try again later",
            500 => ". The server may have run into its own time limit; what the call was doing may have happened all the same",
            502..=504 => ". A proxy in front of Explorer does not reach it: try again later, or check that it runs",
            _ => ". Check the address, and what stands in front of Explorer",
        })
    }
}

impl fmt::Display for InvalidAnswer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { operation, place, problem, .. } = self;
        write!(
            f,
            "{operation}: the answer does not fit the contract at {place}: {problem}. The server may be of another version"
        )
    }
}

impl fmt::Display for LostAnswer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { workflow_id, sent_after, cause, candidates } = self;
        write!(f, "the answer was lost ({cause}), so workflow {workflow_id} may or may not be running. ")?;
        if candidates.is_empty() {
            f.write_str("Before running it again, look at its jobs")?;
            return match sent_after {
                Some(time) => write!(f, " that were created at {time} or later"),
                None => Ok(()),
            };
        }
        let ids = candidates.iter().map(|job| job.id.to_string()).collect::<Vec<_>>().join(", ");
        write!(f, "It may be one of these jobs: {ids}")
    }
}

fn ended_badly(job: &Job) -> String {
    let tasks = job.tasks.iter().filter(|task| task.status == job.status).map(|task| task.name.as_str());
    let tasks = tasks.collect::<Vec<_>>().join(", ");
    let at = if tasks.is_empty() { String::new() } else { format!(" at {tasks}") };
    let status = job.status.description().unwrap_or("ended");
    format!("job {} ({}) {status}{at}", job.id, job.name)
}

/// The innermost error, which is the one that says what happened.
fn root_cause(error: &dyn std::error::Error) -> String {
    let mut cause = error;
    while let Some(inner) = cause.source() {
        cause = inner;
    }
    cause.to_string()
}
