//! The texts of errors.

use std::fmt;

use crate::error::UnknownOutcome;
use crate::error::api::ApiError;
use crate::error::response::{InvalidResponse, UnexpectedResponse};
use crate::error::transport::{ConnectFailure, ProxyInUse, ProxyRefusal};

impl fmt::Display for ApiError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { code, name, detail, http_status, call, is_renewal } = self;
        write!(f, "{}{name}", call.prefix())?;
        if let Some(reason) = detail.as_deref().or(code.description()) {
            write!(f, ": {reason}")?;
        }
        write!(f, " (code {}, HTTP {http_status})", code.number())?;
        if *is_renewal && code.rejects_session() {
            f.write_str(
                ". The session is new: several Explorers behind a load balancer without sticky sessions are the usual cause",
            )?;
        }
        Ok(())
    }
}

/// What follows the address in the text of an error.
impl fmt::Display for ConnectFailure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Network => f.write_str(". Is Explorer running there, and is the address right?"),
            Self::Proxy(proxy) => {
                let ProxyInUse { url, variable, refusal, .. } = &**proxy;
                write!(f, " through the proxy {url}")?;
                if let Some(variable) = variable {
                    write!(f, " from the environment variable {variable}")?;
                }
                match refusal {
                    Some(refusal) => write!(f, ": {refusal}"),
                    None => f.write_str(". Is the proxy running, and may it reach that address?"),
                }
            }
            Self::Certificate { problem } => write!(
                f,
                ": the server's certificate is not trusted: {problem}. Pass the certificate authority that issued it, or the \
                 certificate itself if it is self-signed, and use the host name that it is for"
            ),
            Self::NotTls => f.write_str(": the server speaks plain HTTP there. Use http:// or the port for HTTPS"),
        }
    }
}

impl fmt::Display for ProxyRefusal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { status, title, error } = self;
        write!(f, "the proxy refuses to connect with HTTP {status}")?;
        if let Some(title) = title {
            write!(f, ", a page titled {title:?}")?;
        }
        if let Some(error) = error {
            write!(f, ", because of {error:?}")?;
        }
        f.write_str(match status {
            407 => ". It requires an account of its own: put it into the proxy's address",
            403 => ". It does not allow connections to that address",
            _ => ". Is the server running, and may the proxy reach it?",
        })
    }
}

impl fmt::Display for UnexpectedResponse {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { call, http_status, content_type, server, proxy_error, title, start, .. } = self;
        let content_type = content_type.as_deref().unwrap_or("no content type");
        write!(f, "{}the response from {} is not from Explorer's API: ", call.prefix(), call.url)?;
        write!(f, "HTTP {http_status}, {content_type}")?;
        match title {
            Some(title) => write!(f, ", a page titled {title:?}")?,
            None if start.is_empty() => f.write_str(", an empty body")?,
            None => write!(f, ", beginning {start:?}")?,
        }
        if let Some(server) = server {
            write!(f, ", from {server:?}")?;
        }
        if let Some(reason) = proxy_error {
            write!(f, ", because of {reason:?}")?;
        }
        f.write_str(match http_status {
            200..=299 => ". Is the address right? Explorer responds to a wrong path with its web page",
            401 | 403 => ". Something in front of Explorer requires a sign-in of its own",
            405 => ". Is the address right, and does this version of the server have the operation?",
            407 => ". The proxy requires an account of its own",
            413 => ". A proxy in front of Explorer does not accept requests of this size",
            429 => ". A proxy in front of Explorer limits the rate of requests: try again later",
            500 => ". The server may have exceeded its own time limit; the call may have taken effect all the same",
            503 if self.is_circuit_breaker() => {
                ". Explorer rejects requests for a few seconds, after many errors: try again later"
            }
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
        match cause {
            Some(cause) => write!(f, "the response was lost ({cause}), so ")?,
            None => f.write_str("another process sent the request and ended before it recorded the response, so ")?,
        }
        write!(f, "workflow {workflow_id} may or may not be running. ")?;
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

pub(super) fn store_failure(key: Option<&str>, job_id: Option<i64>) -> String {
    let of_key = key.map(|key| format!(" of the key `{key}`")).unwrap_or_default();
    match job_id {
        None if key.is_none() => "the store of submissions failed; no request was sent".into(),
        Some(id) => format!(
            "job {id} was created, but the store of submissions could not record it{of_key}. Once the store works, run it with \
             the same key again: it finds the job"
        ),
        None => format!("the store of submissions failed, so the request{of_key} was not sent"),
    }
}
