//! What went wrong, as a line for a person and an exit code for a script.

use std::fmt;
use std::io::ErrorKind;
use std::process::ExitCode;

use nebula_explorer::Error;
use nebula_explorer_emulator::EmulatorError;

use crate::output::stderr::note;

pub enum CliError {
    Explorer(Error),
    /// A job has been made, and goes on without being followed.
    NotFollowed(i64, Error),
    /// Interrupted while these jobs were followed.
    LeftRunning(Vec<i64>),
    Usage(String),
    NotSignedIn(String),
    Other(String),
    /// Whoever read our output has had enough.
    PipeClosed,
}

impl CliError {
    /// Says what happened and what to do, with the causes if they are asked for. `command` is how this program was told where to
    /// go.
    pub fn report(&self, causes: bool, command: &str) -> ExitCode {
        if !matches!(self, Self::PipeClosed) {
            let advice = self.advice(command).map(|advice| format!(". {advice}"));
            note(format!("error: {self}{}", advice.unwrap_or_default()));
        }
        if let Self::Explorer(error) | Self::NotFollowed(_, error) = self {
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
            Self::Other(_) | Self::LeftRunning(_) => 1,
            Self::Usage(_) => 2,
            Self::NotSignedIn(_) => 3,
            Self::Explorer(error) | Self::NotFollowed(_, error) => match error {
                Error::InvalidInput(_) => 2,
                Error::SignInFailed(_) => 3,
                Error::Api(refusal) => match refusal.http_status {
                    401 | 403 => 3,
                    404 => 4,
                    _ => 1,
                },
                Error::Unreachable { .. } | Error::ConnectionLost { .. } => 5,
                Error::JobFailed(_) => 6,
                Error::JobInterrupted(_) => 7,
                Error::WaitTimedOut { .. } | Error::TimedOut { .. } => 8,
                Error::OutcomeUnknown(_) => 9,
                _ => 1,
            },
        }
    }

    /// What to do, where the error itself does not say it.
    fn advice(&self, command: &str) -> Option<String> {
        match self {
            Self::Explorer(error) => advice_on(error, command),
            Self::NotFollowed(job, _) => Some(follow(command, *job)),
            Self::LeftRunning(jobs) => go_on(command, jobs),
            _ => None,
        }
    }
}

fn advice_on(error: &Error, command: &str) -> Option<String> {
    match error {
        Error::SignInFailed(_) => Some(format!(
            "Check the user, the password and the graph service; Explorer 3.1 and 3.2 need --account-encoding colon: {command} login"
        )),
        Error::Api(refusal) if refusal.http_status == 401 => Some(format!("Sign in again: {command} login")),
        Error::JobFailed(job) | Error::JobInterrupted(job) => Some(format!("Its tasks: {command} jobs get {}", job.id)),
        Error::WaitTimedOut { job_id, .. } => Some(follow(command, *job_id)),
        Error::OutcomeUnknown(lost) => {
            Some(format!("They are shown by: {command} jobs list --workflow {}", lost.workflow_id))
        }
        _ => None,
    }
}

fn go_on(command: &str, jobs: &[i64]) -> Option<String> {
    // More than that are better looked up than read.
    const NAMED_JOBS: usize = 20;
    match jobs {
        [] => None,
        [job] => Some(format!("{}; to stop it: {command} jobs cancel {job}", follow(command, *job))),
        jobs if jobs.len() > NAMED_JOBS => Some(format!("To find them: {command} jobs list --status running --all")),
        jobs => {
            let ids = jobs.iter().map(i64::to_string).collect::<Vec<_>>().join(" ");
            Some(format!("To follow them: {command} jobs watch {ids}; to stop them: {command} jobs cancel {ids}"))
        }
    }
}

fn follow(command: &str, job: i64) -> String {
    format!("To follow it: {command} jobs watch {job}")
}

impl fmt::Display for CliError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Explorer(error) => with_root_cause(error, f),
            Self::NotFollowed(job, error) => {
                write!(f, "job {job} is no longer followed: ")?;
                with_root_cause(error, f)
            }
            Self::LeftRunning(jobs) => match jobs.as_slice() {
                [] => f.write_str("interrupted"),
                [job] => write!(f, "interrupted; job {job} goes on running"),
                jobs => write!(f, "interrupted; {} jobs go on running", jobs.len()),
            },
            Self::Usage(text) | Self::NotSignedIn(text) | Self::Other(text) => f.write_str(text),
            Self::PipeClosed => f.write_str("nobody reads the output"),
        }
    }
}

/// The text of an error and that of its root cause, which says what happened.
fn with_root_cause(error: &Error, f: &mut fmt::Formatter<'_>) -> fmt::Result {
    let first = std::error::Error::source(error);
    match std::iter::successors(first, |error| error.source()).last() {
        Some(cause) => write!(f, "{error} ({cause})"),
        None => write!(f, "{error}"),
    }
}

impl From<Error> for CliError {
    fn from(error: Error) -> Self {
        Self::Explorer(error)
    }
}

impl From<EmulatorError> for CliError {
    fn from(error: EmulatorError) -> Self {
        Self::Other(error.to_string())
    }
}

/// Of writing to standard output.
impl From<std::io::Error> for CliError {
    fn from(error: std::io::Error) -> Self {
        match error.kind() {
            ErrorKind::BrokenPipe => Self::PipeClosed,
            _ => Self::Other(format!("standard output cannot be written: {error}")),
        }
    }
}

impl From<csv::Error> for CliError {
    fn from(error: csv::Error) -> Self {
        std::io::Error::from(error).into()
    }
}
