//! The SDK's operations, by ids.

use std::future::IntoFuture as _;
use std::sync::Arc;

use nebula_explorer::{
    AccountEncoding, Credentials, Error, Explorer, ExplorerBuilder, JobHandle, ListJobs, SecretString, SqlStore,
    SubmissionFilter, Wait, serde_json,
};
use nebula_explorer_cli::settings::{self, COLON, JSON_ARRAY};
use pyo3::prelude::*;

use crate::batch::{self, request};
use crate::call::{Call, Stream};
use crate::convert::ToPython as _;
use crate::error::{ToException as _, invalid_input};
use crate::job::{JobCondition, wait, wait_with_updates};
use crate::logging;
use crate::options::{Integer, Intervals, Polling, Retry, Tolerance, duration, polled, time};
use crate::rows::{self, ColumnOption};
use crate::watcher::Watcher;

/// A client of one server.
#[pyclass(frozen, module = "nebula_explorer._native")]
pub struct Client(Explorer);

/// Where it is, who signs in there, and how; the fields of Python's `_Settings`.
#[derive(FromPyObject)]
struct Settings {
    url: String,
    graph: Option<String>,
    user: Option<String>,
    password: Option<String>,
    token: Option<String>,
    cookies: Vec<String>,
    account_encoding: Option<String>,
    request_timeout: Option<f64>,
    connect_timeout: Option<f64>,
    max_response_bytes: Option<usize>,
    ca_cert: Option<Vec<u8>>,
    client_cert: Option<String>,
    user_agent: Option<String>,
    headers: Vec<(String, String)>,
    store: Option<String>,
    retry: Option<Retry>,
}

impl Settings {
    fn builder(self, py: Python<'_>) -> PyResult<ExplorerBuilder> {
        let sdk = |error: Error| error.to_exception(py);
        let mut builder = Explorer::builder(self.url.clone()).credentials(self.credentials(py)?);
        if let Some(text) = &self.graph {
            let (address, port) = settings::graph_service(text).map_err(|problem| invalid_input(py, problem))?;
            builder = builder.graph(address, port);
        }
        if let Some(seconds) = self.request_timeout {
            builder = builder.request_timeout(duration(py, "timeout", seconds)?);
        }
        if let Some(seconds) = self.connect_timeout {
            builder = builder.connect_timeout(duration(py, "connect_timeout", seconds)?);
        }
        if let Some(bytes) = self.max_response_bytes {
            builder = builder.max_response_bytes(bytes);
        }
        if let Some(pem) = self.ca_cert {
            builder = builder.certificate_authorities(pem);
        }
        if let Some(pem) = self.client_cert {
            builder = builder.client_certificate(pem);
        }
        if let Some(text) = &self.user_agent {
            builder = builder.user_agent(text).map_err(sdk)?;
        }
        for (name, value) in self.headers {
            builder = builder.header(name, value);
        }
        if let Some(retry) = self.retry {
            builder = builder.retry(retry.build(py)?);
        }
        if let Some(url) = self.store {
            let store = SqlStore::new(url).map_err(|error| invalid_input(py, error.to_string()))?;
            builder = builder.submission_store(Arc::new(store));
        }
        Ok(builder)
    }

    fn credentials(&self, py: Python<'_>) -> PyResult<Credentials> {
        let encoding = match self.account_encoding.as_deref() {
            None => AccountEncoding::default(),
            Some(name) => settings::account_encoding(name).ok_or_else(|| {
                invalid_input(py, format!("account_encoding is `{JSON_ARRAY}` or `{COLON}`, not `{name}`"))
            })?,
        };
        let credentials = match (&self.user, &self.password) {
            (Some(user), Some(password)) => Credentials::account(user, password.clone()).encoding(encoding),
            (None, None) => Credentials::default(),
            _ => return Err(invalid_input(py, "an account consists of a user and a password")),
        };
        let credentials = match &self.token {
            Some(token) => credentials.with_token(token.clone()),
            None => credentials,
        };
        Ok(credentials.with_cookies(self.cookies.clone()))
    }
}

impl Client {
    fn job(&self, id: i64) -> JobHandle {
        self.0.job(id)
    }
}

#[pymethods]
impl Client {
    #[staticmethod]
    fn connect(py: Python<'_>, settings: Settings) -> PyResult<Self> {
        logging::start(py)?;
        settings.builder(py)?.build().map(Self).map_err(|error| error.to_exception(py))
    }

    /// As the command connects.
    #[staticmethod]
    #[pyo3(signature = (profile, store))]
    fn from_settings(py: Python<'_>, profile: Option<String>, store: Option<String>) -> PyResult<Self> {
        logging::start(py)?;
        let store = store.map(SecretString::from);
        let explorer = py.detach(|| settings::explorer(profile.as_deref(), store));
        explorer.map(Self).map_err(|error| error.to_exception(py))
    }

    fn url(&self) -> &str {
        self.0.url()
    }

    fn with_retry(&self, py: Python<'_>, retry: Retry) -> PyResult<Self> {
        Ok(Self(self.0.with_retry(retry.build(py)?)))
    }

    fn sign_in(&self) -> Call {
        let explorer = self.0.clone();
        Call::new(async move { explorer.sign_in().await })
    }

    fn token(&self, py: Python<'_>) -> PyResult<Py<PyAny>> {
        self.0.token().to_python(py)
    }

    fn server_time(&self, py: Python<'_>) -> PyResult<Py<PyAny>> {
        self.0.server_time().to_python(py)
    }

    /// `body` is JSON.
    #[pyo3(signature = (method, path, query, body))]
    fn request(
        &self,
        py: Python<'_>,
        method: String,
        path: String,
        query: Vec<(String, String)>,
        body: Option<String>,
    ) -> PyResult<Call> {
        let mut request = self.0.request(method, path);
        for (name, value) in query {
            request = request.query(name, value);
        }
        if let Some(body) = body {
            let body = serde_json::from_str(&body);
            request = request.json(body.map_err(|error| invalid_input(py, format!("the body is not JSON: {error}")))?);
        }
        Ok(Call::new(request.into_future()))
    }

    /// The id of the job.
    fn run(&self, run: &Bound<'_, PyAny>) -> PyResult<Call> {
        let run = request(&self.0, run)?;
        Ok(Call::new(async move { Ok::<_, Error>(run.await?.id()) }))
    }

    #[pyo3(signature = (runs, parallel, intervals, tolerance))]
    fn batch(
        &self,
        py: Python<'_>,
        runs: &Bound<'_, PyAny>,
        parallel: Option<Integer<usize>>,
        intervals: Option<Intervals>,
        tolerance: Option<Tolerance>,
    ) -> PyResult<Stream> {
        batch::batch(&self.0, runs, parallel.map(|places| places.0), Polling::new(py, intervals, tolerance)?)
    }

    /// The bounds are microseconds since 1970.
    #[pyo3(signature = (workflow, name, status, created_from, created_to, oldest_first, page_size))]
    #[allow(clippy::too_many_arguments)]
    fn jobs(
        &self,
        py: Python<'_>,
        workflow: Option<Integer<i64>>,
        name: Option<String>,
        status: Option<Integer<i64>>,
        created_from: Option<Integer<i64>>,
        created_to: Option<Integer<i64>>,
        oldest_first: bool,
        page_size: Option<Integer<u32>>,
    ) -> PyResult<JobList> {
        let mut jobs = match workflow {
            Some(Integer(id)) => self.0.workflow(id).jobs(),
            None => self.0.jobs(),
        };
        if let Some(name) = name {
            jobs = jobs.name(name);
        }
        if let Some(Integer(status)) = status {
            jobs = jobs.status(status.into());
        }
        if let Some(Integer(microseconds)) = created_from {
            jobs = jobs.created_from(time(py, microseconds)?);
        }
        if let Some(Integer(microseconds)) = created_to {
            jobs = jobs.created_to(time(py, microseconds)?);
        }
        if oldest_first {
            jobs = jobs.oldest_first();
        }
        if let Some(Integer(page_size)) = page_size {
            jobs = jobs.page_size(page_size);
        }
        Ok(JobList(jobs))
    }

    /// `updated_before` is microseconds since 1970.
    #[pyo3(signature = (key, state, workflow, updated_before, limit))]
    fn submissions(
        &self,
        py: Python<'_>,
        key: Option<String>,
        state: Option<&str>,
        workflow: Option<Integer<i64>>,
        updated_before: Option<Integer<i64>>,
        limit: Option<Integer<u32>>,
    ) -> PyResult<Call> {
        let mut filter = SubmissionFilter::default();
        filter.state =
            state.map(|name| name.parse().map_err(|problem: String| invalid_input(py, problem))).transpose()?;
        filter.updated_before = updated_before.map(|Integer(microseconds)| time(py, microseconds)).transpose()?;
        (filter.key, filter.workflow_id, filter.limit) = (key, workflow.map(|id| id.0), limit.map(|limit| limit.0));
        let explorer = self.0.clone();
        Ok(Call::new(async move { explorer.submissions(&filter).await }))
    }

    #[pyo3(signature = (job_ids, intervals, tolerance))]
    fn watch(
        &self,
        py: Python<'_>,
        job_ids: Vec<Integer<i64>>,
        intervals: Option<Intervals>,
        tolerance: Option<Tolerance>,
    ) -> PyResult<Watcher> {
        let polling = Polling::new(py, intervals, tolerance)?;
        Watcher::new(py, polled!(self.0.watch(job_ids.into_iter().map(|id| id.0)), polling))
    }

    fn get(&self, job_id: Integer<i64>) -> Call {
        let job = self.job(job_id.0);
        Call::new(async move { job.get().await })
    }

    fn cancel(&self, job_id: Integer<i64>) -> Call {
        let job = self.job(job_id.0);
        Call::new(async move { job.cancel().await })
    }

    fn cancel_and_wait(&self, job_id: Integer<i64>) -> Call {
        let job = self.job(job_id.0);
        Call::new(async move { job.cancel_and_wait().await })
    }

    #[pyo3(signature = (job_id, condition, timeout, intervals, tolerance))]
    fn wait(
        &self,
        py: Python<'_>,
        job_id: Integer<i64>,
        condition: Option<Py<PyAny>>,
        timeout: Option<f64>,
        intervals: Option<Intervals>,
        tolerance: Option<Tolerance>,
    ) -> PyResult<Call> {
        let configure = wait_options(py, timeout, intervals, tolerance)?;
        Ok(Call::new(wait(&self.job(job_id.0), condition, configure)))
    }

    /// The same wait, as a sequence of the job as it was polled, each with whether the wait is over.
    #[pyo3(signature = (job_id, condition, timeout, intervals, tolerance))]
    fn wait_with_updates(
        &self,
        py: Python<'_>,
        job_id: Integer<i64>,
        condition: Option<Py<PyAny>>,
        timeout: Option<f64>,
        intervals: Option<Intervals>,
        tolerance: Option<Tolerance>,
    ) -> PyResult<Stream> {
        let configure = wait_options(py, timeout, intervals, tolerance)?;
        Ok(Stream::new(wait_with_updates(&self.job(job_id.0), condition, configure)))
    }

    #[pyo3(signature = (job_id, intervals, tolerance))]
    fn progress(
        &self,
        py: Python<'_>,
        job_id: Integer<i64>,
        intervals: Option<Intervals>,
        tolerance: Option<Tolerance>,
    ) -> PyResult<Stream> {
        let polling = Polling::new(py, intervals, tolerance)?;
        Ok(Stream::new(polled!(self.job(job_id.0).progress(), polling).stream()))
    }

    /// Names and types of columns; inferred types are `None`.
    #[pyo3(signature = (job_id, task_id, limit, columns))]
    fn rows(
        &self,
        py: Python<'_>,
        job_id: Integer<i64>,
        task_id: String,
        limit: Option<Integer<u32>>,
        columns: Vec<ColumnOption>,
    ) -> PyResult<Call> {
        let mut rows = self.job(job_id.0).task(task_id).rows::<()>();
        if let Some(Integer(limit)) = limit {
            rows = rows.limit(limit);
        }
        let columns = rows::columns(py, columns)?;
        Ok(Call::new(async move { rows.raw().await?.to_arrow(&columns) }))
    }
}

fn wait_options(
    py: Python<'_>,
    timeout: Option<f64>,
    intervals: Option<Intervals>,
    tolerance: Option<Tolerance>,
) -> PyResult<impl FnOnce(Wait<JobCondition>) -> Wait<JobCondition> + use<>> {
    let timeout = timeout.map(|seconds| duration(py, "timeout", seconds)).transpose()?;
    let polling = Polling::new(py, intervals, tolerance)?;
    Ok(move |wait: Wait<JobCondition>| {
        let wait = polled!(wait, polling);
        match timeout {
            Some(timeout) => wait.timeout(timeout),
            None => wait,
        }
    })
}

/// A list of jobs, whole or by pages.
#[pyclass(frozen, module = "nebula_explorer._native")]
pub struct JobList(ListJobs);

#[pymethods]
impl JobList {
    #[pyo3(signature = (number))]
    fn page(&self, number: Option<Integer<u32>>) -> Call {
        let jobs = match number {
            Some(Integer(number)) => self.0.clone().page(number),
            None => self.0.clone(),
        };
        Call::new(jobs.into_future())
    }

    fn by_page(&self) -> Stream {
        Stream::new(self.0.clone().by_page())
    }

    fn by_item(&self) -> Stream {
        Stream::new(self.0.clone().by_item())
    }
}
