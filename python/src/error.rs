//! The SDK's errors as Python's exceptions, one class for each variant.

use nebula_explorer::{ApiError, CallContext, ConnectFailure, Error};
use nebula_explorer_cli::settings::SettingsError;
use nebula_explorer_emulator::EmulatorError;
use pyo3::prelude::*;
use pyo3::sync::PyOnceLock;
use pyo3::types::PyModule;

use crate::convert::ToPython;

/// An error that Python code gets as an exception.
pub trait ToException {
    fn to_exception(self, py: Python<'_>) -> PyErr;
}

impl ToException for PyErr {
    fn to_exception(self, _: Python<'_>) -> PyErr {
        self
    }
}

impl ToException for Error {
    fn to_exception(self, py: Python<'_>) -> PyErr {
        exception(py, &self).map_or_else(|problem| problem, |exception| PyErr::from_value(exception))
    }
}

impl ToException for SettingsError {
    fn to_exception(self, py: Python<'_>) -> PyErr {
        match self {
            Self::Sdk(error) => error.to_exception(py),
            Self::Settings(problem) => plain(py, "SettingsError", problem),
        }
    }
}

impl ToException for EmulatorError {
    fn to_exception(self, py: Python<'_>) -> PyErr {
        plain(py, "EmulatorError", self.to_string())
    }
}

/// An exception for input that the SDK does not see.
pub fn invalid_input(py: Python<'_>, problem: impl Into<String>) -> PyErr {
    Error::InvalidInput(problem.into()).to_exception(py)
}

/// An exception without fields.
pub fn plain(py: Python<'_>, class: &str, text: String) -> PyErr {
    let created = errors(py).and_then(|errors| errors.getattr(class)?.call1((text,)));
    created.map_or_else(|problem| problem, PyErr::from_value)
}

fn errors(py: Python<'_>) -> PyResult<&Bound<'_, PyModule>> {
    static ERRORS: PyOnceLock<Py<PyModule>> = PyOnceLock::new();
    Ok(ERRORS.get_or_try_init(py, || py.import("nebula_explorer.errors").map(Bound::unbind))?.bind(py))
}

/// The exception, with the fields of its variant as attributes.
pub fn exception<'py>(py: Python<'py>, error: &Error) -> PyResult<Bound<'py, PyAny>> {
    let text = match error {
        // The store's own text says which one it is, and what to check.
        Error::SubmissionStore { source, .. } => format!("{error}: {source}"),
        error => error.to_string(),
    };
    let exception = errors(py)?.getattr(class(error))?.call1((text,))?;
    macro_rules! set {
        ($($name:ident = $value:expr),* $(,)?) => {{
            $(exception.setattr(stringify!($name), $value)?;)*
        }};
    }
    set!(kind = error.kind(), is_retryable = error.is_retryable(), cause = cause(error));
    if let Some(CallContext { operation, url, attempts, .. }) = error.call() {
        set!(operation = *operation, url = url, attempts = *attempts);
    }
    set!(trace_id = error.trace_id());
    match error {
        Error::SignInFailed(error) | Error::Api(error) => {
            let ApiError { code, name, detail, http_status, .. } = &**error;
            set!(code = code.to_python(py)?, name = name, detail = detail, http_status = *http_status);
        }
        Error::Unreachable { failure, .. } => match failure {
            ConnectFailure::Network => set!(reason = "network"),
            ConnectFailure::NotTls => set!(reason = "not_tls"),
            ConnectFailure::Certificate { problem } => set!(reason = "certificate", problem = problem),
            ConnectFailure::Proxy(proxy) => set!(
                reason = "proxy",
                proxy = &proxy.url,
                proxy_variable = &proxy.variable,
                proxy_status = proxy.refusal.as_ref().map(|refusal| refusal.status)
            ),
            _ => {}
        },
        Error::TimedOut { limit, connecting, .. } => set!(limit = limit.as_secs_f64(), connecting = *connecting),
        Error::Redirected { status, to, .. } => set!(http_status = *status, location = to),
        Error::UnexpectedResponse(response) => set!(
            http_status = response.http_status,
            content_type = &response.content_type,
            server = &response.server,
            proxy_error = &response.proxy_error,
            title = &response.title,
            start = &response.start,
            is_page = response.is_page,
            retry_after = response.retry_after.map(|pause| pause.as_secs_f64())
        ),
        Error::InvalidResponse(response) => set!(place = &response.place, problem = &response.problem),
        Error::ResponseTooLarge { limit, .. } => set!(limit = *limit),
        Error::OutcomeUnknown(unknown) => set!(
            workflow_id = unknown.workflow_id,
            sent_after = unknown.sent_after.to_python(py)?,
            lost_by = unknown.cause.as_ref().map(|cause| self::exception(py, cause)).transpose()?,
            candidates = unknown.candidates.clone().to_python(py)?
        ),
        Error::Row(error) => {
            set!(row = error.row, column = error.column, value = &error.value, problem = &error.problem)
        }
        Error::JobFailed(job) | Error::JobInterrupted(job) | Error::ConditionNotMet(job) => {
            set!(job_id = job.id, job = job.clone().to_python(py)?)
        }
        Error::WaitTimedOut { job_id, limit, last } => {
            set!(job_id = *job_id, limit = limit.as_secs_f64(), job = last.clone().to_python(py)?)
        }
        Error::SubmissionStore { key, job_id, .. } => set!(key = key, job_id = *job_id),
        // The others have no fields besides their text.
        _ => {}
    }
    Ok(exception)
}

/// The name of the class. The error is open for new variants, so a test compares the classes with its source.
fn class(error: &Error) -> &'static str {
    match error {
        Error::SignInFailed(_) => "SignInFailed",
        Error::Api(_) => "ApiError",
        Error::Unreachable { .. } => "Unreachable",
        Error::ConnectionLost { .. } => "ConnectionLost",
        Error::TimedOut { .. } => "TimedOut",
        Error::Redirected { .. } => "Redirected",
        Error::UnexpectedResponse(_) => "UnexpectedResponse",
        Error::InvalidResponse(_) => "InvalidResponse",
        Error::ResponseTooLarge { .. } => "ResponseTooLarge",
        Error::OutcomeUnknown(_) => "OutcomeUnknown",
        Error::Row(_) => "RowError",
        Error::JobFailed(_) => "JobFailed",
        Error::JobInterrupted(_) => "JobInterrupted",
        Error::ConditionNotMet(_) => "ConditionNotMet",
        Error::WaitTimedOut { .. } => "WaitTimedOut",
        Error::InvalidInput(_) => "InvalidInput",
        Error::SubmissionStore { .. } => "SubmissionStoreError",
        Error::ClientSetup { .. } => "ClientSetupError",
        _ => "Error",
    }
}

/// The root cause, such as the operating system's own error.
fn cause(error: &Error) -> Option<String> {
    let mut cause = std::error::Error::source(error)?;
    while let Some(deeper) = cause.source() {
        cause = deeper;
    }
    Some(cause.to_string())
}
