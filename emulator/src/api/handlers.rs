//! What each operation does.

use axum::response::Response;
use jiff::Timestamp;
use nebula_explorer::ErrorCode;
use nebula_explorer::generated::types;
use nebula_explorer::operations::fields;
use nebula_explorer::operations::{defaults, parameters};
use serde::Serialize;

use crate::api::envelope::{ApiError, SUCCESS, SUCCESS_MESSAGE, success};
use crate::api::request::Call;
use crate::api::sign_in::connect;
use crate::api::wire_forms;
use crate::engine::jobs::StoredJob;
use crate::settings::MissingIds;
use crate::state::State;

/// Answers a call, by the id of its operation. An operation that the contract has and the emulator does not is an internal
/// failure.
pub(crate) fn answer(state: &State, call: &Call) -> Result<Response, ApiError> {
    match call.operation.id {
        "connect" => connect(state, call),
        "run_workflow" => run_workflow(state, call),
        "list_jobs" => list_jobs(state, call, None),
        "list_workflow_jobs" => {
            let workflow = call.path_integer(0)?;
            known_workflow(state, workflow)?;
            list_jobs(state, call, Some(workflow))
        }
        "get_job" => get_job(state, call),
        "cancel_job" => cancel_job(state, call),
        "get_task_result" => get_task_result(state, call),
        id => Err(ApiError::with_details(ErrorCode::ErrInternalServer, format!("the emulator has no operation {id}"))),
    }
}

fn run_workflow(state: &State, call: &Call) -> Result<Response, ApiError> {
    let workflow = known_workflow(state, call.path_integer(0)?)?;
    let input = match call.fields()?.remove(fields::INPUT) {
        None => types::RunInput(Default::default()),
        Some(input) => serde_json::from_value(input).map_err(|_| Call::refuse_type(fields::INPUT))?,
    };
    let results = state.results.of(workflow, &input);
    let id = state.jobs.make(workflow, input, results, state.clock.now());
    let data = types::CreatedJob { id: nebula_explorer::wire::JobId(id) };
    shown(state, types::RunWorkflowResponse { code: SUCCESS, message: SUCCESS_MESSAGE.into(), data })
}

fn list_jobs(state: &State, call: &Call, workflow: Option<i64>) -> Result<Response, ApiError> {
    // The two lists have the same parameters with the same defaults.
    let page = call.query_integer(parameters::PAGE, defaults::LIST_JOBS_PAGE)?;
    let page_size = call.query_integer(parameters::PAGE_SIZE, defaults::LIST_JOBS_PAGE_SIZE)?;
    let filter = filter(call)?;
    let now = state.clock.now();
    let fits = |job: &StoredJob| workflow.is_none_or(|id| id == job.workflow_id) && filter_fits(&filter, job, now);
    let oldest_first = filter.order_by_create_time == Some(types::Order::Asc);
    let size = |number: i64| usize::try_from(number).unwrap_or(usize::MAX);
    let skip = size(page.saturating_sub(1)).saturating_mul(size(page_size));
    let (jobs, total) = state.jobs.page(fits, oldest_first, skip, size(page_size));
    let data = types::JobPage {
        items: Some(jobs.iter().map(|job| job.shown(now, false)).collect()),
        total: i64::try_from(total).unwrap_or(i64::MAX),
        page: Some(page),
        page_size: Some(page_size),
    };
    shown(state, types::ListJobsResponse { code: SUCCESS, message: SUCCESS_MESSAGE.into(), data })
}

fn get_job(state: &State, call: &Call) -> Result<Response, ApiError> {
    let job = known_job(state, call.path_integer(0)?)?;
    let data = job.shown(state.clock.now(), true);
    shown(state, types::GetJobResponse { code: SUCCESS, message: SUCCESS_MESSAGE.into(), data })
}

fn cancel_job(state: &State, call: &Call) -> Result<Response, ApiError> {
    let id = call.path_integer(0)?;
    let success = state.jobs.cancel(id, state.clock.now()).ok_or_else(|| missing(state, format!("job {id}")))?;
    let data = types::Acknowledgement { success };
    shown(state, types::CancelJobResponse { code: SUCCESS, message: SUCCESS_MESSAGE.into(), data })
}

fn get_task_result(state: &State, call: &Call) -> Result<Response, ApiError> {
    let limit = call.query_integer(parameters::LIMIT, defaults::GET_TASK_RESULT_LIMIT)?;
    let job = known_job(state, call.path_integer(0)?)?;
    let task = call.path_text(1);
    if !job.has_task(task) {
        return Err(missing(state, format!("task {task}")));
    }
    let rows = job.rows(task, state.clock.now()).unwrap_or_default();
    let rows = rows.iter().take(usize::try_from(limit).unwrap_or(usize::MAX));
    let items = rows.map(|row| types::Row(row.clone())).collect();
    let data = types::TaskResult { items: Some(items) };
    shown(state, types::TaskResultResponse { code: SUCCESS, message: SUCCESS_MESSAGE.into(), data })
}

fn filter(call: &Call) -> Result<types::JobFilter, ApiError> {
    match call.query_text(parameters::FILTER) {
        None => Ok(types::JobFilter::default()),
        Some(text) => serde_json::from_str(text).map_err(|_| Call::refuse_type(parameters::FILTER)),
    }
}

fn filter_fits(filter: &types::JobFilter, job: &StoredJob, now: Timestamp) -> bool {
    let created = job.created.as_millisecond();
    filter.name.as_ref().is_none_or(|name| name == job.name())
        && filter.from_create_time.is_none_or(|from| from <= created)
        && filter.to_create_time.is_none_or(|to| created <= to)
        && filter.status.is_none_or(|status| status == job.status(now))
}

fn known_workflow(state: &State, id: i64) -> Result<&crate::engine::workflows::Workflow, ApiError> {
    state.workflows.get(&id).ok_or_else(|| missing(state, format!("workflow {id}")))
}

fn known_job(state: &State, id: i64) -> Result<StoredJob, ApiError> {
    state.jobs.get(id).ok_or_else(|| missing(state, format!("job {id}")))
}

fn missing(state: &State, what: String) -> ApiError {
    match state.settings.missing_ids {
        MissingIds::NotFound => ApiError::with_details(ErrorCode::ErrNotFound, what),
        MissingIds::InternalServer => ApiError::plain(ErrorCode::ErrInternalServer),
    }
}

fn shown(state: &State, body: impl Serialize) -> Result<Response, ApiError> {
    let failed = |error: serde_json::Error| ApiError::with_details(ErrorCode::ErrInternalServer, error.to_string());
    let mut body = serde_json::to_value(body).map_err(failed)?;
    wire_forms::apply(&mut body, &state.settings);
    Ok(success(body))
}
