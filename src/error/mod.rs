//! The error of every call, by what the caller can do about it.

mod api;
mod classify;
mod display;
mod response;
mod row;
mod transport;

use std::sync::Arc;
use std::time::Duration;

pub use api::ApiError;
pub use response::{InvalidResponse, UnexpectedResponse};
pub use row::RowError;
pub use transport::{CallContext, ConnectFailure, ProxyInUse, ProxyRefusal};

use jiff::Timestamp;

use crate::contract::code::ErrorCode;
use crate::contract::job::Job;

/// The result of a call.
///
/// ```
/// fn port(text: &str) -> nebula_explorer::Result<u16> {
///     text.parse().map_err(|_| nebula_explorer::Error::InvalidInput(format!("`{text}` is not a port")))
/// }
/// assert!(port("7002").is_ok() && port("seven").is_err());
/// ```
pub type Result<T, E = Error> = std::result::Result<T, E>;

/// The error of every call. Match on the variant to tell what to do.
///
/// # Errors of every call
/// A call that sends a request fails with [`SignInFailed`](Self::SignInFailed) if it has to sign in first and cannot,
/// [`Api`](Self::Api) if the server responds with an error code, [`Unreachable`](Self::Unreachable),
/// [`ConnectionLost`](Self::ConnectionLost), [`TimedOut`](Self::TimedOut) or [`Redirected`](Self::Redirected) if no response
/// of the server arrives, and [`UnexpectedResponse`](Self::UnexpectedResponse), [`InvalidResponse`](Self::InvalidResponse) or
/// [`ResponseTooLarge`](Self::ResponseTooLarge) if the response cannot be used. The other variants are documented where they
/// occur.
///
/// An error can be cloned, because one failed sign-in is the result of every call that waited for it. No variant and no text
/// contains a password or a token. The transport's own error is the [`source`](std::error::Error::source), and is not repeated
/// in the text.
///
/// ```no_run
/// # async fn run(explorer: nebula_explorer::Explorer) {
/// use nebula_explorer::{Error, ErrorCode};
///
/// match explorer.job(107).get().await {
///     Ok(job) => println!("{}", job.status),
///     Err(Error::Api(error)) if error.code == ErrorCode::ErrNotFound => println!("there is no job 107"),
///     Err(error) if error.is_retryable() => println!("try again later: {error}"),
///     Err(error) => println!("{error} (trace id {:?})", error.trace_id()),
/// }
/// # }
/// ```
#[derive(Clone, Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// The server rejected the sign-in. A wrong password and a graph service that cannot be reached have the same code: the
    /// detail distinguishes them. Check the account and the graph service.
    #[error("sign-in failed: {0}")]
    SignInFailed(Box<ApiError>),

    /// The server responded with an error code. [`ApiError::code`] says which.
    #[error("{0}")]
    Api(Box<ApiError>),

    /// Could not connect; the request was not sent. [`ConnectFailure`] says why, as far as it is known.
    #[error("{}cannot connect to {}{failure}", .call.prefix(), .call.url)]
    Unreachable {
        /// The call that failed.
        call: Box<CallContext>,
        /// Why.
        failure: ConnectFailure,
        /// The transport's own error.
        source: Arc<reqwest::Error>,
    },

    /// The connection broke before the complete response had arrived. The server may have acted on the request.
    #[error("{}the connection to {} was lost before the complete response had arrived", .call.prefix(), .call.url)]
    ConnectionLost {
        /// The call that failed.
        call: Box<CallContext>,
        /// The transport's own error; `None` if the connection ended in an orderly way in the middle of the JSON.
        source: Option<Arc<reqwest::Error>>,
    },

    /// The server was silent for the time limit. Unless `connecting`, the server may have acted on the request.
    #[error("{}no response from {} within {} s{}", .call.prefix(), .call.url, .limit.as_secs_f64(), if *.connecting { ": not even a connection" } else { "" })]
    TimedOut {
        /// The call that failed.
        call: Box<CallContext>,
        /// How long the server may be silent.
        limit: Duration,
        /// Whether no connection was established, so that the request was not sent.
        connecting: bool,
        /// The transport's own error; `None` if the server was silent.
        source: Option<Arc<reqwest::Error>>,
    },

    /// The server redirects. Redirects are not followed, so that account and token go to the configured address only.
    #[error("{}{} redirects (HTTP {status}) to {}. Redirects are not followed: if that is the right address, use it", .call.prefix(), .call.url, .to.as_deref().unwrap_or("an address that it does not name"))]
    Redirected {
        /// The call that failed.
        call: Box<CallContext>,
        /// The HTTP status.
        status: u16,
        /// The target, from the header `Location`.
        to: Option<String>,
        /// Whether the caller's own HTTP client followed the redirect, so that the request was sent there.
        followed: bool,
    },

    /// A response that is not of this API: a proxy's error page, Explorer's web page under a wrong path, an empty 500.
    #[error("{0}")]
    UnexpectedResponse(Box<UnexpectedResponse>),

    /// A response of the API that does not match the contract. The server may be of another version.
    #[error("{0}")]
    InvalidResponse(Box<InvalidResponse>),

    /// A response larger than the client accepts. It was not read to its end.
    #[error("{}the response is larger than {limit} bytes. Ask for less, or raise the client's max_response_bytes", .call.prefix())]
    ResponseTooLarge {
        /// The call that failed.
        call: Box<CallContext>,
        /// The limit, in bytes.
        limit: usize,
    },

    /// The response to running a workflow was lost, so the job may or may not exist. See
    /// [`OnUnknownOutcome`](crate::OnUnknownOutcome).
    #[error("{0}")]
    OutcomeUnknown(Box<UnknownOutcome>),

    /// A row of a result does not match the requested type.
    #[error("{0}")]
    Row(Box<RowError>),

    /// The job ended as failed.
    #[error("{}", .0.ending())]
    JobFailed(Box<Job>),

    /// The job ended because it was cancelled.
    #[error("{}", .0.ending())]
    JobInterrupted(Box<Job>),

    /// The job succeeded, but the condition that was waited for was never met.
    #[error("job {} ({}) has succeeded, but the condition was never met", .0.id, .0.name)]
    ConditionNotMet(Box<Job>),

    /// The job did not end within the time the caller was willing to wait. It continues to run.
    #[error("job {job_id} has not ended within {} s; it continues to run", .limit.as_secs_f64())]
    WaitTimedOut {
        /// The job.
        job_id: i64,
        /// How long the caller waited.
        limit: Duration,
        /// The job as it was last seen; `None` if it never was.
        last: Option<Box<Job>>,
    },

    /// The caller's input is invalid: an invalid address, a parameter that is neither a string nor a number.
    #[error("{0}")]
    InvalidInput(String),

    /// The store of submissions failed: before the request was sent, or after the response, and then the job exists. Running
    /// with the same key again finds and records it.
    #[error("{}", display::store_failure(.key.as_deref(), *.job_id))]
    SubmissionStore {
        /// The idempotency key.
        key: Option<String>,
        /// The job that could not be recorded; `None` if no request was sent.
        job_id: Option<i64>,
        /// The store's own error.
        source: Arc<dyn std::error::Error + Send + Sync>,
    },

    /// The client cannot be set up in this environment: no HTTP client or no runtime can be created.
    #[error("{problem}")]
    ClientSetup {
        /// What cannot be created.
        problem: String,
        /// Why not.
        source: Arc<dyn std::error::Error + Send + Sync>,
    },
}

/// A submission that may or may not have created a job, with what is needed to find out.
///
/// ```no_run
/// # async fn run(explorer: nebula_explorer::Explorer) {
/// if let Err(nebula_explorer::Error::OutcomeUnknown(unknown)) = explorer.workflow(4216617528).run().await {
///     println!("look at the jobs of workflow {} since {:?}", unknown.workflow_id, unknown.sent_after);
/// }
/// # }
/// ```
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct UnknownOutcome {
    /// The workflow.
    pub workflow_id: i64,
    /// A time on the server's clock that is not after the request; `None` if the clock is not known. The job, if it exists, is
    /// among the workflow's jobs that were created at this time or later.
    pub sent_after: Option<Timestamp>,
    /// How the response was lost; `None` if another process sent the request, and ended before it recorded the response.
    pub cause: Option<Error>,
    /// The jobs that may be the one, if the SDK looked for it; see [`OnUnknownOutcome`](crate::OnUnknownOutcome).
    pub candidates: Vec<Job>,
}

impl Error {
    /// Whether the same call may succeed if it is repeated: the server was unreachable or too slow, or something in front of it
    /// was busy. Whether repeating it is safe is another question: running a workflow twice creates two jobs.
    pub fn is_retryable(&self) -> bool {
        match self {
            Self::Unreachable { failure, .. } => match failure {
                ConnectFailure::Certificate { .. } | ConnectFailure::NotTls => false,
                ConnectFailure::Proxy(proxy) => proxy.refusal.as_ref().is_none_or(ProxyRefusal::is_temporary),
                ConnectFailure::Network => true,
            },
            Self::ConnectionLost { .. } | Self::TimedOut { .. } => true,
            Self::UnexpectedResponse(response) => {
                matches!(response.http_status, 408 | 421 | 425 | 429 | 500 | 502..=504 | 520..=524)
            }
            _ => false,
        }
    }

    /// Whether another poll may succeed. A decision of the caller or of the server is permanent.
    pub(crate) fn is_transient(&self) -> bool {
        match self {
            // The account has been accepted before: only a rejection of the account itself is final.
            Self::SignInFailed(error) if error.is_renewal => !error.rejects_account(),
            // A server that restarts forgets new sessions too.
            Self::Api(error) if error.is_renewal && error.code == ErrorCode::ErrSession => true,
            Self::SignInFailed(error) | Self::Api(error) => error.http_status >= 500,
            Self::UnexpectedResponse(_) | Self::InvalidResponse(_) | Self::Redirected { .. } => true,
            error => error.is_retryable(),
        }
    }

    /// Whether nothing can have acted on the request.
    pub(crate) fn was_not_acted_upon(&self) -> bool {
        match self {
            Self::UnexpectedResponse(response) => response.was_not_acted_upon(),
            error => error.was_never_sent(),
        }
    }

    /// The code, if the server gave one.
    pub fn code(&self) -> Option<ErrorCode> {
        self.api_error().map(|error| error.code)
    }

    /// The server's own error, from a sign-in or from another call.
    pub fn api_error(&self) -> Option<&ApiError> {
        match self {
            Self::SignInFailed(error) | Self::Api(error) => Some(error),
            _ => None,
        }
    }

    /// The call that failed; `None` for errors that are not of a single call.
    pub fn call(&self) -> Option<&CallContext> {
        match self {
            Self::SignInFailed(error) | Self::Api(error) => Some(&error.call),
            Self::UnexpectedResponse(response) => Some(&response.call),
            Self::InvalidResponse(response) => Some(&response.call),
            Self::OutcomeUnknown(unknown) => unknown.cause.as_ref()?.call(),
            Self::Unreachable { call, .. }
            | Self::ConnectionLost { call, .. }
            | Self::TimedOut { call, .. }
            | Self::Redirected { call, .. }
            | Self::ResponseTooLarge { call, .. } => Some(call),
            Self::Row(_)
            | Self::JobFailed(_)
            | Self::JobInterrupted(_)
            | Self::ConditionNotMet(_)
            | Self::WaitTimedOut { .. }
            | Self::InvalidInput(_)
            | Self::SubmissionStore { .. }
            | Self::ClientSetup { .. } => None,
        }
    }

    /// The operation that failed, by its `operationId`.
    pub fn operation(&self) -> Option<&'static str> {
        self.call().map(|call| call.operation)
    }

    /// The id under which the server traces the call, for a question to its administrator; `None` if no response arrived.
    pub fn trace_id(&self) -> Option<&str> {
        match self {
            Self::Row(error) => error.trace_id.as_deref(),
            error => error.call()?.trace_id.as_deref(),
        }
    }

    /// The variant as one word, for logs and metrics. It contains no values.
    pub fn kind(&self) -> &'static str {
        match self {
            Self::SignInFailed(_) => "sign_in_failed",
            Self::Api(_) => "api",
            Self::Unreachable { .. } => "unreachable",
            Self::ConnectionLost { .. } => "connection_lost",
            Self::TimedOut { .. } => "timed_out",
            Self::Redirected { .. } => "redirected",
            Self::UnexpectedResponse(_) => "unexpected_response",
            Self::InvalidResponse(_) => "invalid_response",
            Self::ResponseTooLarge { .. } => "response_too_large",
            Self::OutcomeUnknown(_) => "outcome_unknown",
            Self::Row(_) => "row",
            Self::JobFailed(_) => "job_failed",
            Self::JobInterrupted(_) => "job_interrupted",
            Self::ConditionNotMet(_) => "condition_not_met",
            Self::WaitTimedOut { .. } => "wait_timed_out",
            Self::InvalidInput(_) => "invalid_input",
            Self::SubmissionStore { .. } => "submission_store",
            Self::ClientSetup { .. } => "client_setup",
        }
    }

    /// How long the server asks to wait, or needs until it serves requests again.
    pub(crate) fn retry_after(&self) -> Option<Duration> {
        /// Within this time the framework's circuit breaker lets requests through again.
        const CIRCUIT_BREAKER: Duration = Duration::from_secs(5);
        match self {
            Self::UnexpectedResponse(response) if response.is_circuit_breaker() => {
                Some(response.retry_after.unwrap_or(CIRCUIT_BREAKER))
            }
            Self::UnexpectedResponse(response) => response.retry_after,
            _ => None,
        }
    }

    /// Whether no byte of the request can have reached the server.
    pub(crate) fn was_never_sent(&self) -> bool {
        matches!(self, Self::Unreachable { .. } | Self::TimedOut { connecting: true, .. })
    }

    /// The same error, of a call with a session that was just renewed.
    pub(crate) fn with_new_session(mut self) -> Self {
        if let Self::Api(error) = &mut self
            && error.code.rejects_session()
        {
            error.is_renewal = true;
        }
        self
    }

    /// The same error, after this many attempts.
    pub(crate) fn after_attempts(mut self, attempts: u32) -> Self {
        match &mut self {
            Self::SignInFailed(error) | Self::Api(error) => error.call.attempts = attempts,
            Self::UnexpectedResponse(response) => response.call.attempts = attempts,
            Self::InvalidResponse(response) => response.call.attempts = attempts,
            Self::Unreachable { call, .. }
            | Self::ConnectionLost { call, .. }
            | Self::TimedOut { call, .. }
            | Self::Redirected { call, .. }
            | Self::ResponseTooLarge { call, .. } => call.attempts = attempts,
            _ => {}
        }
        self
    }
}
