//! Why a command failed: as a line for people, and as an exit code for scripts.

use std::error::Error as StdError;
use std::fmt;
use std::io::ErrorKind;
use std::process::ExitCode;

use nebula_explorer::Error;
use nebula_explorer_emulator::EmulatorError;

pub enum CliError {
    Sdk(Error),
    /// This job was created, but an error ended following it.
    NotFollowed(i64, Error),
    /// Interrupted while following these jobs, which continue to run.
    Interrupted(Vec<i64>),
    Usage(String),
    NotSignedIn(String),
    Other(String),
    /// Standard output was closed (EPIPE).
    PipeClosed,
}

/// What [`CliError::exit_code`] means, for the help.
pub const EXIT_CODES: &str = "\
Exit codes: 0 success, 1 any other error, 2 invalid usage, 3 not signed in or access denied, 4 not found, \
5 server unreachable, 6 job failed, 7 job interrupted, 8 timeout, 9 unknown whether the job was created.";

impl CliError {
    pub fn exit_code(&self) -> ExitCode {
        ExitCode::from(match self {
            Self::PipeClosed => 0,
            Self::Other(_) | Self::Interrupted(_) => 1,
            Self::Usage(_) => 2,
            Self::NotSignedIn(_) => 3,
            Self::Sdk(error) | Self::NotFollowed(_, error) => match error {
                Error::InvalidInput(_) => 2,
                Error::SignInFailed(_) => 3,
                Error::Api(error) => match error.http_status {
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
        })
    }

    /// The lines for standard error: what happened, what to do, and how to find it in the server's logs. `verbose` lists all
    /// causes instead of the root cause. `program` is how to run this program again for the same server.
    pub fn report(&self, verbose: bool, program: &str) -> Vec<String> {
        if matches!(self, Self::PipeClosed) {
            return Vec::new();
        }
        let advice = self.advice(program).map(|advice| format!(". {advice}")).unwrap_or_default();
        let text = if verbose { self.text() } else { self.to_string() };
        let trace_id = self.sdk_error().and_then(Error::trace_id).map(|id| format!("trace id: {id}"));
        let causes = self.causes().into_iter().filter(|_| verbose).map(|cause| format!("caused by: {cause}"));
        std::iter::once(format!("error: {text}{advice}")).chain(trace_id).chain(causes).collect()
    }

    /// The same error, with a detail that only its caller knows.
    pub fn with_detail(self, detail: &str) -> Self {
        match self {
            Self::Usage(text) => Self::Usage(format!("{text}; {detail}")),
            error => error,
        }
    }

    fn sdk_error(&self) -> Option<&Error> {
        match self {
            Self::Sdk(error) | Self::NotFollowed(_, error) => Some(error),
            _ => None,
        }
    }

    /// What happened, without causes.
    fn text(&self) -> String {
        match self {
            Self::Sdk(error) => error.to_string(),
            Self::NotFollowed(job, error) => format!("job {job} is no longer followed: {error}"),
            Self::Interrupted(jobs) => match jobs.as_slice() {
                [] => "interrupted".into(),
                [job] => format!("interrupted; job {job} continues to run"),
                jobs => format!("interrupted; {} jobs continue to run", jobs.len()),
            },
            Self::Usage(text) | Self::NotSignedIn(text) | Self::Other(text) => text.clone(),
            Self::PipeClosed => "standard output was closed".into(),
        }
    }

    /// The causes, the root cause last. A cause that an earlier text already contains is left out.
    fn causes(&self) -> Vec<String> {
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

    /// What to do, unless the error says so itself.
    fn advice(&self, program: &str) -> Option<String> {
        match self {
            Self::Sdk(error) => advice_on(error, program),
            Self::NotFollowed(job, _) => Some(follow(program, *job)),
            Self::Interrupted(jobs) => follow_or_cancel(program, jobs),
            Self::Usage(_) | Self::NotSignedIn(_) | Self::Other(_) | Self::PipeClosed => None,
        }
    }
}

fn advice_on(error: &Error, program: &str) -> Option<String> {
    match error {
        Error::SignInFailed(_) => Some(format!(
            "Check the user, the password and the graph service; Explorer 3.1 and 3.2 need --account-encoding colon: {program} login"
        )),
        Error::Api(error) if error.http_status == 401 => Some(format!("Sign in again: {program} login")),
        Error::JobFailed(job) | Error::JobInterrupted(job) => {
            Some(format!("To show its tasks: {program} jobs get {}", job.id))
        }
        Error::WaitTimedOut { job_id, .. } => Some(follow(program, *job_id)),
        Error::OutcomeUnknown(unknown) => {
            Some(format!("To list its jobs: {program} jobs list --workflow {}", unknown.workflow_id))
        }
        _ => None,
    }
}

fn follow_or_cancel(program: &str, jobs: &[i64]) -> Option<String> {
    // A longer list of ids would be unreadable.
    const MAX_LISTED: usize = 20;
    match jobs {
        [] => None,
        [job] => Some(format!("{}; to cancel it: {program} jobs cancel {job}", follow(program, *job))),
        jobs if jobs.len() > MAX_LISTED => Some(format!("To list them: {program} jobs list --status running --all")),
        jobs => {
            let ids = jobs.iter().map(i64::to_string).collect::<Vec<_>>().join(" ");
            Some(format!("To follow them: {program} jobs watch {ids}; to cancel them: {program} jobs cancel {ids}"))
        }
    }
}

fn follow(program: &str, job: i64) -> String {
    format!("To follow it: {program} jobs watch {job}")
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

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use std::net::TcpListener;

    use nebula_explorer::{Credentials, Explorer};

    use super::*;

    #[tokio::test]
    async fn each_cause_is_reported_once() {
        let address = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap();
        let explorer = Explorer::builder(format!("http://{address}"))
            .graph("127.0.0.1", 9669)
            .credentials(Credentials::account("root", "nebula"))
            .build()
            .unwrap();
        let error = CliError::from(explorer.sign_in().await.unwrap_err());
        let root = error.causes().last().unwrap().clone();
        for (verbose, lines) in [(false, 1), (true, 1 + error.causes().len())] {
            let report = error.report(verbose, "nebula-explorer");
            assert_eq!(report.len(), lines, "{report:?}");
            assert_eq!(report.join("\n").matches(&root).count(), 1, "{report:?}");
        }
    }
}
