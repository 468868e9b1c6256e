//! The handler of each operation.

use axum::response::Response;
use jiff::Timestamp;
use nebula_explorer::ErrorCode;
use nebula_explorer::generated::types;
use nebula_explorer::operations::{defaults, fields, parameters};
use nebula_explorer::wire::JobId;

use crate::api::envelope::{ApiError, success};
use crate::api::request::{ApiRequest, wrong_type};
use crate::api::sign_in::connect;
use crate::engine::jobs::StoredJob;
use crate::engine::workflows::Workflow;
use crate::settings::MissingIds;
use crate::state::State;

/// Executes a request to one operation.
pub(crate) type Handler = fn(&State, &ApiRequest) -> Result<Response, ApiError>;

/// The handler of an operation of the contract.
pub(crate) fn handler(operation_id: &str) -> Handler {
    let found = HANDLERS.iter().find(|(id, _)| *id == operation_id);
    found.map_or(not_implemented, |(_, handler)| *handler)
}

/// The handlers by `operationId`. A test compares them with the contract.
const HANDLERS: &[(&str, Handler)] = &[
    ("connect", connect),
    ("run_workflow", run_workflow),
    ("list_jobs", list_jobs),
    ("list_workflow_jobs", list_workflow_jobs),
    ("get_job", get_job),
    ("cancel_job", cancel_job),
    ("get_task_result", get_task_result),
];

/// For an operation that was added to the contract, until it has a handler.
fn not_implemented(_: &State, request: &ApiRequest) -> Result<Response, ApiError> {
    let id = request.operation.id;
    Err(ApiError::internal(format!("the emulator has no handler for {id}: add one to HANDLERS in {}", file!())))
}

fn run_workflow(state: &State, request: &ApiRequest) -> Result<Response, ApiError> {
    let workflow = find_workflow(state, request.path_integer(0)?)?;
    let input = match request.fields()?.remove(fields::INPUT) {
        None => types::RunInput(Default::default()),
        Some(input) => serde_json::from_value(input).map_err(|_| wrong_type(fields::INPUT))?,
    };
    let succeed: Vec<bool> = state.results.of(workflow, &input).iter().map(Result::is_ok).collect();
    let id = state.jobs.create(workflow, &input, &succeed, state.clock.now());
    success(types::CreatedJob { id: JobId(id) }, &state.settings)
}

fn list_jobs(state: &State, request: &ApiRequest) -> Result<Response, ApiError> {
    job_page(state, request, None)
}

fn list_workflow_jobs(state: &State, request: &ApiRequest) -> Result<Response, ApiError> {
    let workflow = find_workflow(state, request.path_integer(0)?)?;
    job_page(state, request, Some(workflow.id))
}

fn job_page(state: &State, request: &ApiRequest, workflow: Option<i64>) -> Result<Response, ApiError> {
    // The parameters of both lists have the same names and defaults.
    let page = request.query_integer(parameters::PAGE, defaults::LIST_JOBS_PAGE)?;
    let page_size = request.query_integer(parameters::PAGE_SIZE, defaults::LIST_JOBS_PAGE_SIZE)?;
    let filter = filter(request)?;
    let now = state.clock.now();
    let selected = |job: &StoredJob| workflow.is_none_or(|id| id == job.workflow_id) && matches(&filter, job, now);
    let oldest_first = filter.order_by_create_time == Some(types::Order::Asc);
    let size = |number: i64| usize::try_from(number.max(0)).unwrap_or(usize::MAX);
    let skip = size(page.saturating_sub(1)).saturating_mul(size(page_size));
    let (jobs, total) = state.jobs.page(selected, oldest_first, skip, size(page_size));
    let data = types::JobPage {
        items: Some(jobs.iter().map(|job| job.to_api(now, false)).collect()),
        total: i64::try_from(total).unwrap_or(i64::MAX),
        page: Some(page),
        page_size: Some(page_size),
    };
    success(data, &state.settings)
}

fn get_job(state: &State, request: &ApiRequest) -> Result<Response, ApiError> {
    let job = find_job(state, request.path_integer(0)?)?;
    success(job.to_api(state.clock.now(), true), &state.settings)
}

fn cancel_job(state: &State, request: &ApiRequest) -> Result<Response, ApiError> {
    let id = request.path_integer(0)?;
    let cancelled = state.jobs.cancel(id, state.clock.now()).ok_or_else(|| not_found(state, format!("job {id}")))?;
    success(types::Acknowledgement { success: cancelled }, &state.settings)
}

fn get_task_result(state: &State, request: &ApiRequest) -> Result<Response, ApiError> {
    let limit = request.query_integer(parameters::LIMIT, defaults::GET_TASK_RESULT_LIMIT)?;
    let job = find_job(state, request.path_integer(0)?)?;
    let task = request.path_text(1);
    let index = job.task_index(task).ok_or_else(|| not_found(state, format!("task {task}")))?;
    let mut items = Vec::new();
    if job.has_succeeded(index, state.clock.now()) {
        // Results are not kept with the jobs, only the most recent ones are.
        let results = state.results.of(find_workflow(state, job.workflow_id)?, &job.input());
        let rows = results.get(index).and_then(|result| result.as_ref().ok()).into_iter().flatten();
        items.extend(rows.take(usize::try_from(limit).unwrap_or(usize::MAX)).map(|row| types::Row(row.clone())));
    }
    success(types::TaskResult { items: Some(items) }, &state.settings)
}

fn filter(request: &ApiRequest) -> Result<types::JobFilter, ApiError> {
    match request.query_text(parameters::FILTER) {
        None => Ok(types::JobFilter::default()),
        Some(text) => serde_json::from_str(text).map_err(|_| wrong_type(parameters::FILTER)),
    }
}

fn matches(filter: &types::JobFilter, job: &StoredJob, now: Timestamp) -> bool {
    let created = job.created.as_millisecond();
    filter.name.as_ref().is_none_or(|name| name == job.name())
        && filter.from_create_time.is_none_or(|from| from <= created)
        && filter.to_create_time.is_none_or(|to| created <= to)
        && filter.status.is_none_or(|status| status == job.status(now))
}

fn find_workflow(state: &State, id: i64) -> Result<&Workflow, ApiError> {
    state.workflows.get(&id).ok_or_else(|| not_found(state, format!("workflow {id}")))
}

fn find_job(state: &State, id: i64) -> Result<StoredJob, ApiError> {
    state.jobs.get(id).ok_or_else(|| not_found(state, format!("job {id}")))
}

fn not_found(state: &State, resource: String) -> ApiError {
    match state.settings.missing_ids {
        MissingIds::NotFound => ApiError::with_details(ErrorCode::ErrNotFound, resource),
        MissingIds::InternalServer => ApiError::plain(ErrorCode::ErrInternalServer),
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use nebula_explorer::operations::OPERATIONS;

    use super::HANDLERS;

    #[test]
    fn every_operation_of_the_contract_has_one_handler() {
        let operations: BTreeSet<&str> = OPERATIONS.iter().map(|operation| operation.id).collect();
        let handled: BTreeSet<&str> = HANDLERS.iter().map(|(id, _)| *id).collect();
        assert_eq!(handled.len(), HANDLERS.len(), "an operation is listed twice in HANDLERS in {}", file!());
        let missing: Vec<_> = operations.difference(&handled).collect();
        assert!(missing.is_empty(), "{missing:?} need a handler: add it to HANDLERS in {}", file!());
        let unknown: Vec<_> = handled.difference(&operations).collect();
        assert!(unknown.is_empty(), "{unknown:?} are not in the contract: remove them from HANDLERS in {}", file!());
    }
}
