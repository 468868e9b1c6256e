//! From failures to errors, and what an error says about the request.

use std::sync::Arc;
use std::time::Duration;

use crate::contract::code::JobStatus;
use crate::contract::job::Job;
use crate::contract::operations::Operation;
use crate::error::{CallContext, ConnectFailure, Error, InvalidResponse};

impl Error {
    pub(crate) fn from_transport(error: reqwest::Error, call: CallContext, timeout: Duration) -> Self {
        let (connecting, timed_out, is_builder) = (error.is_connect(), error.is_timeout(), error.is_builder());
        let (call, source) = (Box::new(call), Arc::new(error.without_url()));
        if timed_out {
            Self::TimedOut { call, limit: timeout, connecting, source: Some(source) }
        } else if is_builder {
            Self::ClientSetup { problem: format!("{}the request cannot be built", call.prefix()), source }
        } else if connecting {
            Self::Unreachable { call, failure: ConnectFailure::Network, source }
        } else {
            Self::ConnectionLost { call, source: Some(source) }
        }
    }

    /// The same error, with the reason why no connection was established.
    pub(crate) fn because_of(mut self, reason: ConnectFailure) -> Self {
        if let Self::Unreachable { failure, .. } = &mut self {
            *failure = reason;
        }
        self
    }

    /// The error for a server that was silent for as long as it may be.
    pub(crate) fn timed_out(call: CallContext, timeout: Duration) -> Self {
        Self::TimedOut { call: Box::new(call), limit: timeout, connecting: false, source: None }
    }

    pub(crate) fn invalid_response(call: CallContext, place: impl Into<String>, problem: impl Into<String>) -> Self {
        Self::InvalidResponse(Box::new(InvalidResponse { call, place: place.into(), problem: problem.into() }))
    }

    /// The error for a job that ended in another way than the caller waited for.
    pub(crate) fn from_ended(job: Job) -> Self {
        let job = Box::new(job);
        match job.status {
            JobStatus::Success => Self::ConditionNotMet(job),
            JobStatus::Interrupted => Self::JobInterrupted(job),
            _ => Self::JobFailed(job),
        }
    }

    /// Whether a request to run a workflow that failed like this may have created a job all the same. An error code of the
    /// server rules it out unless something inside the server failed: nothing promises that no job was created then.
    pub(crate) fn may_have_created_job(&self) -> bool {
        let may_have_acted = match self {
            Self::ConnectionLost { .. } | Self::InvalidResponse(_) | Self::ResponseTooLarge { .. } => true,
            Self::TimedOut { connecting, .. } => !connecting,
            Self::Redirected { followed, .. } => *followed,
            // A success whose body was cut off before it says anything. A web page under a success comes from another path.
            Self::UnexpectedResponse(response) => match response.http_status {
                ..300 => !response.is_page,
                500.. => !response.was_not_acted_upon(),
                _ => false,
            },
            Self::Api(error) => error.http_status >= 500,
            _ => false,
        };
        // A sign-in that fails on the way is another request.
        may_have_acted && self.operation().and_then(Operation::find).is_some_and(|operation| !operation.is_repeatable())
    }
}
