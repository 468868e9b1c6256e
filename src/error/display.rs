//! The texts of errors.

use std::fmt;

use crate::error::UnknownOutcome;
use crate::error::api::ApiError;
use crate::error::response::{InvalidResponse, UnexpectedResponse};

impl fmt::Display for ApiError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { code, name, detail, http_status, call } = self;
        write!(f, "{}{name}", call.prefix())?;
        if let Some(reason) = detail.as_deref().or(code.description()) {
            write!(f, ": {reason}")?;
        }
        write!(f, " (code {}, HTTP {http_status})", code.number())
    }
}

impl fmt::Display for UnexpectedResponse {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { call, http_status, content_type, start, .. } = self;
        let content_type = content_type.as_deref().unwrap_or("no content type");
        write!(f, "{}the response from {} is not from Explorer's API: ", call.prefix(), call.url)?;
        write!(f, "HTTP {http_status}, {content_type}")?;
        if start.is_empty() {
            f.write_str(", an empty body")?;
        } else {
            write!(f, ", starting with {start:?}")?;
        }
        f.write_str(match http_status {
            200..=299 => ". Is the address right? Explorer answers a wrong path with its web page",
            405 => ". Is the address right, and does this version of the server have the operation?",
            413 => ". A proxy in front of Explorer does not accept requests of this size",
            429 => ". A proxy in front of Explorer limits the rate of requests: try again later",
            500 => ". The server may have exceeded its own time limit; the call may have taken effect all the same",
            502..=504 => {
                ". A proxy in front of Explorer does not reach it: try again later, or check that it is running"
            }
            _ => ". Check the address, and what is in front of Explorer",
        })
    }
}

impl fmt::Display for InvalidResponse {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { call, place, problem } = self;
        write!(f, "{}the response does not match the contract at {place}: {problem}. ", call.prefix())?;
        f.write_str("The server may be of another version")
    }
}

impl fmt::Display for UnknownOutcome {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { workflow_id, sent_after, cause, candidates } = self;
        write!(f, "the response was lost ({cause}), so workflow {workflow_id} may or may not be running. ")?;
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
