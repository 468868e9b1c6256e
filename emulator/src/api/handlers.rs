//! The handler of each operation.

use axum::response::Response;
use jiff::Timestamp;
use nebula_explorer::ErrorCode;
use nebula_explorer::generated::types;
use nebula_explorer::operations::{defaults, fields, parameters};
use nebula_explorer::wire::JobId;
use serde_json::{Map, Value};

use crate::api::envelope::{ApiError, acknowledgement, success};
use crate::api::request::{ApiRequest, wrong_type};
use crate::api::sign_in::connect;
use crate::api::wire_forms::whole_seconds;
use crate::behaviour::{
    Behaviour, FilterBounds, FilterNames, Filters, MissingIds, Precision, RepeatedCancels, Totals, UnknownFilters,
};
use crate::clock::after;
use crate::engine::jobs::{CancelOutcome, StoredJob};
use crate::engine::workflows::Workflow;
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
    let id = state.jobs.create(workflow, &input, &succeed, state.settings.behaviour.rerun_after, state.clock.now());
    success(types::CreatedJob { id: JobId(id) }, &state.settings.behaviour)
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
    let behaviour = &state.settings.behaviour;
    let page_size = behaviour.max_page_size.map_or(page_size, |max| page_size.min(max.into()));
    let filter = filter(request, behaviour)?;
    let now = state.clock.now();
    let is_listed = |job: &StoredJob| behaviour.list_delay.is_none_or(|delay| after(job.created, delay) <= now);
    let selected = |job: &StoredJob| {
        workflow.is_none_or(|id| id == job.workflow_id) && is_listed(job) && matches(&filter, job, now, behaviour)
    };
    let oldest_first = filter.order_by_create_time == Some(types::Order::Asc);
    let size = |number: i64| usize::try_from(number.max(0)).unwrap_or(usize::MAX);
    let skip = size(page.saturating_sub(1)).saturating_mul(size(page_size));
    let (jobs, total) = state.jobs.page(selected, oldest_first, skip, size(page_size));
    let data = types::JobPage {
        items: Some(jobs.iter().map(|job| job.to_api(now, false)).collect()),
        total: match behaviour.totals {
            Totals::All => i64::try_from(total).unwrap_or(i64::MAX),
            Totals::Page => i64::try_from(jobs.len()).unwrap_or(i64::MAX),
            Totals::Zero => 0,
        },
        page: Some(page),
        page_size: Some(page_size),
    };
    success(data, behaviour)
}

fn get_job(state: &State, request: &ApiRequest) -> Result<Response, ApiError> {
    let job = find_job(state, request.path_integer(0)?)?;
    success(job.to_api(state.clock.now(), true), &state.settings.behaviour)
}

fn cancel_job(state: &State, request: &ApiRequest) -> Result<Response, ApiError> {
    let id = request.path_integer(0)?;
    let behaviour = &state.settings.behaviour;
    let cancelled = match state.jobs.cancel(id, state.clock.now()) {
        None => return Err(not_found(state, format!("job {id}"))),
        Some(CancelOutcome::Cancelled) => true,
        Some(CancelOutcome::AlreadyStopping) => behaviour.repeated_cancels == RepeatedCancels::Accepted,
        Some(CancelOutcome::AlreadyEnded) => false,
    };
    acknowledgement(cancelled, behaviour)
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
        items.extend(rows.take(usize::try_from(limit).unwrap_or(usize::MAX)).cloned());
    }
    success(types::TaskResult { items: Some(items) }, &state.settings.behaviour)
}

fn filter(request: &ApiRequest, behaviour: &Behaviour) -> Result<types::JobFilter, ApiError> {
    let Some(text) = request.query_text(parameters::FILTER).filter(|_| behaviour.filters == Filters::Applied) else {
        return Ok(types::JobFilter::default());
    };
    let filter: types::JobFilter = serde_json::from_str(text).map_err(|_| wrong_type(parameters::FILTER))?;
    match unknown_field(text, &filter).filter(|_| behaviour.unknown_filters == UnknownFilters::Rejected) {
        Some(field) => Err(ApiError::parameter(format!("unknown field {field:?} in {}", parameters::FILTER))),
        None => Ok(filter),
    }
}

/// A field of the filter that is not part of it any more once it has been read.
fn unknown_field(text: &str, filter: &types::JobFilter) -> Option<String> {
    let fields: Map<String, Value> = serde_json::from_str(text).ok()?;
    let known = serde_json::to_value(filter).ok()?;
    fields.into_iter().find(|(name, value)| !value.is_null() && known.get(name).is_none()).map(|(name, _)| name)
}

fn matches(filter: &types::JobFilter, job: &StoredJob, now: Timestamp, behaviour: &Behaviour) -> bool {
    let created = match behaviour.stored_times {
        Precision::Milliseconds => job.created.as_millisecond(),
        Precision::Seconds => whole_seconds(job.created.as_millisecond()),
    };
    let is_ordered = |earlier: i64, later: i64| match behaviour.filter_bounds {
        FilterBounds::Inclusive => earlier <= later,
        FilterBounds::Exclusive => earlier < later,
    };
    let is_named = |name: &String| match behaviour.filter_names {
        FilterNames::Whole => job.name() == name,
        FilterNames::Part => job.name().contains(name.as_str()),
    };
    filter.name.as_ref().is_none_or(is_named)
        && filter.from_create_time.is_none_or(|from| is_ordered(from, created))
        && filter.to_create_time.is_none_or(|to| is_ordered(created, to))
        && filter.status.is_none_or(|status| status == job.status(now))
}

fn find_workflow(state: &State, id: i64) -> Result<&Workflow, ApiError> {
    state.workflows.get(&id).ok_or_else(|| not_found(state, format!("workflow {id}")))
}

fn find_job(state: &State, id: i64) -> Result<StoredJob, ApiError> {
    state.jobs.get(id).ok_or_else(|| not_found(state, format!("job {id}")))
}

fn not_found(state: &State, resource: String) -> ApiError {
    match state.settings.behaviour.missing_ids {
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
