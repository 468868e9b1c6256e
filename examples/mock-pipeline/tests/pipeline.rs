//! The pipeline with mocks, which return the responses that the test specifies, and with the emulator, which computes them.

#![allow(missing_docs, clippy::unwrap_used, clippy::panic)]

use httpmock::MockServer;
use mock_pipeline::highest_ranked;
use nebula_explorer::generated::mocks::MockServerExt as _;
use nebula_explorer::generated::types;
use nebula_explorer::operations::SESSION_COOKIE;
use nebula_explorer::wire::{JobId, WorkflowId};
use nebula_explorer::{Credentials, Error, ErrorCode, Explorer, JobStatus};
use nebula_explorer_emulator::Emulator;

const WORKFLOW: i64 = 4216617528;
const JOB: i64 = 107;

fn explorer(url: String) -> Explorer {
    let credentials = Credentials::account("root", "nebula");
    Explorer::builder(url).graph("127.0.0.1", 9669).credentials(credentials).build().unwrap()
}

/// A mock server that accepts every account.
fn mock_server() -> MockServer {
    let server = MockServer::start();
    server.connect(|_, then| {
        let response = types::AcknowledgementEnvelope { code: 0, message: "Success".into(), data: None };
        let cookie = format!("{SESSION_COOKIE}=token; Path=/; Max-Age=259200; HttpOnly");
        // The generated helpers have no method for headers; the underlying mock does.
        then.ok(&response).into_inner().header("Set-Cookie", cookie);
    });
    server
}

#[tokio::test(flavor = "multi_thread")]
async fn vertices_are_sorted_by_rank() {
    let server = mock_server();
    let run = server.run_workflow(|when, then| {
        when.workflow_id(WORKFLOW);
        let data = Some(types::CreatedJob { id: JobId(JOB) });
        then.ok(&types::CreatedJobEnvelope { code: 0, message: "Success".into(), data });
    });
    server.get_job(|when, then| {
        when.job_id(JOB);
        let task = types::Task {
            id: "t1".into(),
            name: "PageRank".into(),
            status: JobStatus::Success,
            run_begin_time: None,
            run_end_time: None,
        };
        let job = types::Job {
            id: JobId(JOB),
            name: "pagerank_1".into(),
            workflow_id: WorkflowId(WORKFLOW),
            workflow_name: "pagerank".into(),
            status: JobStatus::Success,
            create_time: None,
            run_begin_time: None,
            run_end_time: None,
            tasks: Some(vec![task]),
        };
        then.ok(&types::JobEnvelope { code: 0, message: "Success".into(), data: Some(job) });
    });
    server.get_task_result(|when, then| {
        when.job_id(JOB);
        let rows = [["low", "0.1"], ["high", "0.9"], ["middle", "0.5"]];
        let items = rows.iter().map(|row| row.map(String::from).into()).collect();
        let data = Some(types::TaskResult { items: Some(items) });
        then.ok(&types::TaskResultEnvelope { code: 0, message: "Success".into(), data });
    });

    let names = highest_ranked(&explorer(server.base_url()), WORKFLOW, "Tim Duncan", 2).await.unwrap();
    assert_eq!(names, ["high", "middle"]);
    run.assert();
}

#[tokio::test(flavor = "multi_thread")]
async fn api_errors_are_returned() {
    let server = mock_server();
    server.run_workflow(|_, then| {
        let code = ErrorCode::ErrNotFound;
        then.client_error(404, &types::ErrorEnvelope { code, message: code.to_string(), details: None });
    });
    let error = highest_ranked(&explorer(server.base_url()), WORKFLOW, "Tim Duncan", 2).await.unwrap_err();
    assert_eq!(error.api_error().map(|api_error| api_error.code), Some(ErrorCode::ErrNotFound), "{error}");
}

#[tokio::test(flavor = "multi_thread")]
async fn the_emulator_computes_the_ranks() -> Result<(), Error> {
    let emulator = Emulator::builder().speed(1000.0).start().await.unwrap();
    let names = highest_ranked(&explorer(emulator.url()), WORKFLOW, "Tim Duncan", 3).await?;
    assert_eq!(names.len(), 3);
    assert_eq!(emulator.jobs(), 1);
    Ok(())
}
