//! Why a command failed, as a line for people.

use std::error::Error as StdError;
use std::fmt;
use std::io::ErrorKind;
use std::time::Duration;

use nebula_explorer::{AccountEncoding, CallContext, ConnectFailure, Error};
use nebula_explorer_emulator::EmulatorError;

pub enum CliError {
    Sdk(Error),
    /// The server rejected the account in this encoding.
    SignInFailed(Error, AccountEncoding),
    /// This job was created, but an error ended following it.
    NotFollowed(i64, Error),
    /// Interrupted while following these jobs, which continue to run.
    Interrupted(Vec<i64>),
    /// These jobs have not ended within the time to wait, and continue.
    NotEnded(Vec<i64>, Duration),
    Usage(String),
    NotSignedIn(String),
    Other(String),
    /// Standard output was closed (EPIPE).
    PipeClosed,
}

impl CliError {
    /// The same error, with a detail that only its caller knows.
    pub fn with_detail(self, detail: &str) -> Self {
        match self {
            Self::Usage(text) => Self::Usage(format!("{text}; {detail}")),
            error => error,
        }
    }

    /// The same error, which says more if the server rejected an account in this encoding.
    pub fn with_encoding(self, encoding: AccountEncoding) -> Self {
        match self {
            Self::Sdk(error @ Error::SignInFailed(_)) => Self::SignInFailed(error, encoding),
            error => error,
        }
    }

    pub fn sdk_error(&self) -> Option<&Error> {
        match self {
            Self::Sdk(error) | Self::NotFollowed(_, error) | Self::SignInFailed(error, _) => Some(error),
            _ => None,
        }
    }

    /// What happened, without causes.
    pub fn text(&self) -> String {
        match self {
            Self::Sdk(error) | Self::SignInFailed(error, _) => text(error),
            Self::NotFollowed(job, error) => format!("job {job} is no longer followed: {}", text(error)),
            Self::Interrupted(jobs) => match jobs.as_slice() {
                [] => "interrupted".into(),
                [job] => format!("interrupted; job {job} continues to run"),
                jobs => format!("interrupted; {} jobs continue to run", jobs.len()),
            },
            Self::NotEnded(jobs, limit) => match jobs.as_slice() {
                [job] => format!("job {job} has not ended within {} s", limit.as_secs_f64()),
                jobs => format!("{} jobs have not ended within {} s", jobs.len(), limit.as_secs_f64()),
            },
            Self::Usage(text) | Self::NotSignedIn(text) | Self::Other(text) => text.clone(),
            Self::PipeClosed => "standard output was closed".into(),
        }
    }

    /// The causes, the root cause last. A cause that an earlier text already contains is left out.
    pub fn causes(&self) -> Vec<String> {
        let mut texts = vec![self.text()];
        let mut source = self.sdk_error().and_then(StdError::source);
        while let Some(error) = source {
            let cause = error.to_string();
            if !texts.iter().any(|earlier| earlier.contains(&cause)) {
                texts.push(cause);
            }
            source = error.source();
        }
        texts.split_off(1)
    }
}

/// The error with its root cause, on one line.
impl fmt::Display for CliError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.text())?;
        match self.causes().last() {
            Some(cause) => write!(f, " ({cause})"),
            None => Ok(()),
        }
    }
}

impl From<Error> for CliError {
    fn from(error: Error) -> Self {
        Self::Sdk(error)
    }
}

impl From<EmulatorError> for CliError {
    fn from(error: EmulatorError) -> Self {
        Self::Other(error.to_string())
    }
}

/// An error of writing to standard output.
impl From<std::io::Error> for CliError {
    fn from(error: std::io::Error) -> Self {
        match error.kind() {
            ErrorKind::BrokenPipe => Self::PipeClosed,
            _ => Self::Other(format!("cannot write to standard output: {error}")),
        }
    }
}

impl From<csv::Error> for CliError {
    fn from(error: csv::Error) -> Self {
        std::io::Error::from(error).into()
    }
}

/// What happened. The SDK's own texts, except for those that advise how to use the SDK.
fn text(error: &Error) -> String {
    match error {
        Error::Unreachable { call, failure: ConnectFailure::Certificate { problem }, .. } => {
            format!(
                "{}: cannot connect to {}: the server's certificate is not trusted: {problem}",
                prefix(call),
                call.url
            )
        }
        Error::ResponseTooLarge { call, limit } => {
            format!("{}: the response is larger than {limit} bytes", prefix(call))
        }
        Error::Redirected { call, status, to: Some(to), .. } => {
            format!("{}: {} redirects (HTTP {status}) to {to}", prefix(call), call.url)
        }
        // The store's own text says which one it is, and what to check.
        Error::SubmissionStore { source, .. } => format!("{error}: {source}"),
        error => error.to_string(),
    }
}

fn prefix(call: &CallContext) -> String {
    match call.attempts {
        0 | 1 => call.operation.to_string(),
        attempts => format!("{} ({attempts} attempts)", call.operation),
    }
}
