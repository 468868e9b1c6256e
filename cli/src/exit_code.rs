//! Exit codes for scripts.

use nebula_explorer::{ApiError, Error};

use crate::error::CliError;

/// The codes and their meanings, for the help.
const MEANINGS: &[(u8, &str)] = &[
    (SUCCESS, "success"),
    (OTHER, "any other error"),
    (USAGE, "invalid usage"),
    (DENIED, "not signed in or access denied"),
    (NOT_FOUND, "not found"),
    (UNREACHABLE, "server unreachable"),
    (JOB_FAILED, "job failed"),
    (JOB_INTERRUPTED, "job interrupted"),
    (TIMEOUT, "timeout of a wait"),
    (UNKNOWN_OUTCOME, "unknown whether the job was created"),
];

pub const SUCCESS: u8 = 0;
const OTHER: u8 = 1;
const USAGE: u8 = 2;
const DENIED: u8 = 3;
const NOT_FOUND: u8 = 4;
const UNREACHABLE: u8 = 5;
const JOB_FAILED: u8 = 6;
const JOB_INTERRUPTED: u8 = 7;
const TIMEOUT: u8 = 8;
const UNKNOWN_OUTCOME: u8 = 9;

pub fn help() -> String {
    let codes: Vec<String> = MEANINGS.iter().map(|(code, meaning)| format!("{code} {meaning}")).collect();
    format!("Exit codes: {}.", codes.join(", "))
}

/// The code of an error, and its meaning.
pub fn with_meaning(error: &CliError) -> (u8, &'static str) {
    let code = of(error);
    let meaning = MEANINGS.iter().find(|(listed, _)| *listed == code);
    (code, meaning.map_or("", |(_, meaning)| meaning))
}

/// Whether another sign-in may help.
pub fn is_denied(error: &CliError) -> bool {
    of(error) == DENIED
}

/// How bad an error is for a batch, whose exit code is that of the worst one: what has to be looked into comes before what can be
/// tried again, and that before jobs that have run.
pub fn severity(error: &CliError) -> usize {
    const FROM_MILD_TO_SEVERE: [u8; 9] =
        [JOB_INTERRUPTED, JOB_FAILED, TIMEOUT, UNREACHABLE, NOT_FOUND, DENIED, USAGE, OTHER, UNKNOWN_OUTCOME];
    let code = of(error);
    FROM_MILD_TO_SEVERE.iter().position(|other| *other == code).map_or(0, |place| place + 1)
}

pub fn of(error: &CliError) -> u8 {
    match error {
        CliError::PipeClosed => SUCCESS,
        CliError::Other(_) | CliError::Interrupted(_) => OTHER,
        CliError::NotEnded(..) => TIMEOUT,
        CliError::Usage(_) => USAGE,
        CliError::NotSignedIn(_) => DENIED,
        CliError::Sdk(error) | CliError::NotFollowed(_, error) | CliError::SignInFailed(error, _) => of_sdk(error),
    }
}

/// What fails has the same code whether the server responds itself or a proxy in front of it does.
fn of_sdk(error: &Error) -> u8 {
    match error {
        Error::InvalidInput(_) => USAGE,
        Error::SignInFailed(error) if error.http_status < 500 => DENIED,
        Error::SignInFailed(error) | Error::Api(error) => of_api(error),
        // 404 is not among them: only the API itself knows which jobs exist.
        Error::UnexpectedResponse(response) => match response.http_status {
            401 | 403 => DENIED,
            status if is_unreachable(status) => UNREACHABLE,
            _ => OTHER,
        },
        Error::Unreachable { .. } | Error::ConnectionLost { .. } | Error::TimedOut { .. } => UNREACHABLE,
        Error::JobFailed(_) => JOB_FAILED,
        Error::JobInterrupted(_) => JOB_INTERRUPTED,
        Error::WaitTimedOut { .. } => TIMEOUT,
        Error::OutcomeUnknown(_) => UNKNOWN_OUTCOME,
        _ => OTHER,
    }
}

fn of_api(error: &ApiError) -> u8 {
    match error.http_status {
        401 | 403 => DENIED,
        404 => NOT_FOUND,
        status if is_unreachable(status) => UNREACHABLE,
        _ => OTHER,
    }
}

/// The statuses of proxies that do not reach the server or get no response from it in time, and of a proxy that demands an account.
fn is_unreachable(status: u16) -> bool {
    matches!(status, 407 | 408 | 502..=504 | 520..=524)
}
