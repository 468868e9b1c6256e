//! What went wrong, as a line for a person and an exit code for a script.

use std::io::ErrorKind;
use std::process::ExitCode;

use nebula_explorer::Error;
use nebula_explorer_emulator::EmulatorError;

pub enum Failure {
    Explorer(Error),
    Usage(String),
    Other(String),
    /// Whoever read our output has had enough.
    PipeClosed,
}

impl Failure {
    pub fn report(&self) -> ExitCode {
        match self {
            Self::PipeClosed => {}
            Self::Usage(text) | Self::Other(text) => eprintln!("error: {text}"),
            Self::Explorer(error) => {
                eprintln!("error: {error}");
                if let Some(trace) = error.trace_id() {
                    eprintln!("trace id: {trace}");
                }
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
