//! Reports an error: what happened, and what to do about it in terms of this command.

use nebula_explorer::operations::{OPERATIONS, Operation};
use nebula_explorer::{AccountEncoding, ApiError, CallContext, ConnectFailure, Error, UnknownOutcome};
use schemars::JsonSchema;
use serde::Serialize;

use crate::error::CliError;
use crate::exit_code;
use crate::session::settings::{COLON, JSON_ARRAY, Setting};

/// The lines for standard error: what happened, what to do, and how to find it in the server's logs. `verbose` lists all causes
/// instead of the root cause. `program` is how to run this program again for the same server.
pub fn lines(error: &CliError, verbose: bool, program: &str) -> Vec<String> {
    if matches!(error, CliError::PipeClosed) {
        return Vec::new();
    }
    let advice = advice(error, program).map(|advice| format!(". {advice}")).unwrap_or_default();
    let text = if verbose { error.text() } else { error.to_string() };
    let trace_id = error.sdk_error().and_then(Error::trace_id).map(|id| format!("trace id: {id}"));
    let causes = error.causes().into_iter().filter(|_| verbose).map(|cause| format!("caused by: {cause}"));
    std::iter::once(format!("error: {text}{advice}")).chain(trace_id).chain(causes).collect()
}

/// An error as data.
#[derive(Serialize, JsonSchema)]
pub struct ErrorRecord {
    /// What happened, with the root cause.
    error: String,
    /// What to do about it, unless the error says so itself.
    hint: Option<String>,
    /// The error code of the API, if the server responded with one.
    code: Option<i64>,
    /// The id of the request in the server's logs, if it is known.
    trace_id: Option<String>,
    /// The exit code of the command for this kind of error.
    exit_code: u8,
    /// What that exit code means.
    kind: &'static str,
}

/// The same as [`lines`], as data.
pub fn record(error: &CliError, program: &str) -> ErrorRecord {
    let (exit_code, kind) = exit_code::with_meaning(error);
    let sdk_error = error.sdk_error();
    ErrorRecord {
        error: error.to_string(),
        hint: advice(error, program),
        code: sdk_error.and_then(Error::api_error).map(|error| error.code.number()),
        trace_id: sdk_error.and_then(Error::trace_id).map(str::to_owned),
        exit_code,
        kind,
    }
}

/// What to do, unless the error says so itself.
fn advice(error: &CliError, program: &str) -> Option<String> {
    match error {
        CliError::Sdk(error) => on_sdk_error(error, program),
        CliError::SignInFailed(error, encoding) => Some(on_sign_in(error.api_error()?, *encoding, program)),
        CliError::NotFollowed(job, _) => Some(follow(program, *job)),
        CliError::Interrupted(jobs) | CliError::NotEnded(jobs, _) => follow_or_cancel(program, jobs),
        CliError::Usage(_) | CliError::NotSignedIn(_) | CliError::Other(_) | CliError::PipeClosed => None,
    }
}

fn on_sdk_error(error: &Error, program: &str) -> Option<String> {
    match error {
        Error::Api(error) if error.http_status == 401 => Some(format!("Sign in again: {program} login")),
        Error::Unreachable { failure: ConnectFailure::Certificate { .. }, .. } => Some(format!(
            "Pass the authority that issued it, or the certificate itself if it is self-signed, with {} FILE, and use the host \
             name that it is for",
            Setting::CaCert.flag()
        )),
        Error::ResponseTooLarge { .. } => {
            Some(format!("Ask for less, with --limit, or raise {}", Setting::MaxResponse.flag()))
        }
        Error::TimedOut { connecting: false, .. } => {
            Some(format!("If it needs longer, raise {}", Setting::RequestTimeout.flag()))
        }
        Error::UnexpectedResponse(response) if matches!(response.http_status, 401 | 403) => {
            Some(format!("Pass what it requires with {}", Setting::Header.flag()))
        }
        Error::Redirected { to: Some(to), call, .. } => Some(on_redirect(to, call)),
        Error::JobFailed(job) | Error::JobInterrupted(job) => {
            Some(format!("To show its tasks: {program} jobs get {}", job.id))
        }
        Error::WaitTimedOut { job_id, .. } => Some(follow(program, *job_id)),
        Error::OutcomeUnknown(unknown) => Some(on_unknown_outcome(unknown, program)),
        Error::SubmissionStore { key: Some(key), job_id: Some(id), .. } => {
            let key = shlex::try_quote(key).unwrap_or_default();
            Some(format!("To record it without running: {program} submissions record {key} {id}"))
        }
        _ => None,
    }
}

/// A server has the same code for a wrong password, a graph service that cannot be reached, and an encoding that it does not know.
fn on_sign_in(error: &ApiError, encoding: AccountEncoding, program: &str) -> String {
    let detail = error.detail.as_deref().unwrap_or_default();
    let has = |parts: &[&str]| parts.iter().any(|part| detail.contains(part));
    if has(&["oo many sessions"]) {
        return "The graph service accepts no further sessions of this account until older ones end by themselves, usually after \
                30 minutes without use"
            .into();
    }
    let graph = Setting::Graph.flag();
    if has(&["failed to open", "failed to find IP"]) {
        return format!("Check that the graph service is running, and its address, as Explorer reaches it: {graph}");
    }
    let (other, versions) = match encoding {
        AccountEncoding::Colon => (JSON_ARRAY, "Explorer 3.3 and later need"),
        _ => (COLON, "Explorer 3.1 and 3.2 need"),
    };
    let flag = Setting::AccountEncoding.flag();
    format!("Check the user, the password and the graph service; {versions} {flag} {other}: {program} login")
}

/// The base address behind a redirect, if it leads to the same path of the API.
fn on_redirect(to: &str, call: &CallContext) -> String {
    let operation = Operation::find(call.operation).or(OPERATIONS.first());
    let path = operation.map_or("", |operation| operation.path.split('{').next().unwrap_or_default());
    match to.find(path).filter(|&start| start > 0 && !path.is_empty()) {
        Some(start) => {
            format!("If that is the right server, use its address: {} {}", Setting::Url.flag(), &to[..start])
        }
        None => format!(
            "Redirects are not followed. If it leads to a sign-in of a gateway, pass what the gateway requires with {}",
            Setting::Header.flag()
        ),
    }
}

fn on_unknown_outcome(unknown: &UnknownOutcome, program: &str) -> String {
    let since = unknown.sent_after.map(|time| format!(" --since {time}")).unwrap_or_default();
    format!("To list its jobs: {program} jobs list --workflow {}{since}", unknown.workflow_id)
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
        for (verbose, count) in [(false, 1), (true, 1 + error.causes().len())] {
            let report = lines(&error, verbose, "nebula-explorer");
            assert_eq!(report.len(), count, "{report:?}");
            assert_eq!(report.join("\n").matches(&root).count(), 1, "{report:?}");
        }
    }
}
