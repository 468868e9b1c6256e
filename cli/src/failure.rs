//! What went wrong, as a line for a person and an exit code for a script.

use std::fmt;
use std::io::ErrorKind;
use std::process::ExitCode;

use nebula_explorer::Error;
use nebula_explorer_emulator::EmulatorError;

use crate::output::note;

pub enum Failure {
    Explorer(Error),
    Usage(String),
    NotSignedIn(String),
    Other(String),
    /// Whoever read our output has had enough.
    PipeClosed,
}

impl Failure {
    /// Says what happened and what to do, with the causes if they are asked for.
    pub fn report(&self, causes: bool) -> ExitCode {
        if !matches!(self, Self::PipeClosed) {
            note(format!("error: {self}"));
        }
        if let Self::Explorer(error) = self {
            if let Some(trace) = error.trace_id() {
                note(format!("trace id: {trace}"));
            }
            let mut cause = std::error::Error::source(error);
            while let Some(error) = cause.filter(|_| causes) {
                note(format!("caused by: {error}"));
                cause = error.source();
            }
        }
        ExitCode::from(self.exit_code())
    }

    /// The same failure, with more to know.
    pub fn with(self, more: &str) -> Self {
        match self {
            Self::Usage(text) => Self::Usage(format!("{text}; {more}")),
            failure => failure,
        }
    }

    fn exit_code(&self) -> u8 {
        match self {
            Self::PipeClosed => 0,
            Self::Other(_) => 1,
            Self::Usage(_) => 2,
            Self::NotSignedIn(_) => 3,
            Self::Explorer(error) => match error {
                Error::Usage(_) => 2,
                Error::SignInRefused(_) => 3,
                Error::Refused(refusal) => match refusal.http_status {
                    401 | 403 => 3,
                    404 => 4,
                    _ => 1,
                },
                Error::Unreachable { .. } | Error::ConnectionLost { .. } => 5,
                Error::JobFailed(_) => 6,
                Error::JobInterrupted(_) => 7,
                Error::WaitTimedOut { .. } | Error::TimedOut { .. } => 8,
                Error::AnswerLost(_) => 9,
                _ => 1,
            },
        }
    }

    /// What to do, where the error itself does not say it.
    fn advice(&self) -> Option<String> {
        let Self::Explorer(error) = self else { return None };
        let advice = match error {
            Error::SignInRefused(_) => {
                "Check the user, the password and the graph service: nebula-explorer login".into()
            }
            Error::Refused(refusal) if refusal.http_status == 401 => "Sign in again: nebula-explorer login".into(),
            Error::JobFailed(job) | Error::JobInterrupted(job) => {
                format!("Its tasks: nebula-explorer jobs get {}", job.id)
            }
            Error::WaitTimedOut { job_id, .. } => format!("To follow it: nebula-explorer jobs watch {job_id}"),
            Error::AnswerLost(lost) => {
                format!("They are shown by: nebula-explorer jobs list --workflow {}", lost.workflow_id)
            }
            _ => return None,
        };
        Some(advice)
    }
}

impl fmt::Display for Failure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Explorer(error) => write!(f, "{error}")?,
            Self::Usage(text) | Self::NotSignedIn(text) | Self::Other(text) => f.write_str(text)?,
            Self::PipeClosed => f.write_str("nobody reads the output")?,
        }
        self.advice().map_or(Ok(()), |advice| write!(f, ". {advice}"))
    }
}

impl From<Error> for Failure {
    fn from(error: Error) -> Self {
        Self::Explorer(error)
    }
}

impl From<EmulatorError> for Failure {
    fn from(error: EmulatorError) -> Self {
        Self::Other(error.to_string())
    }
}

/// Of writing to standard output.
impl From<std::io::Error> for Failure {
    fn from(error: std::io::Error) -> Self {
        match error.kind() {
            ErrorKind::BrokenPipe => Self::PipeClosed,
            _ => Self::Other(format!("standard output cannot be written: {error}")),
        }
    }
}

impl From<csv::Error> for Failure {
    fn from(error: csv::Error) -> Self {
        std::io::Error::from(error).into()
    }
}
