//! The generator on changed copies of the contract: what is added is there, and what is wrong is told with its place.

#![allow(missing_docs, dead_code, clippy::unwrap_used, clippy::expect_used, clippy::panic)]

#[path = "../build/mod.rs"]
mod build;
#[path = "../rehearsal/changes.rs"]
mod changes;

use nebula_explorer::operations::CONTRACT;

fn changed(changes: &[(&str, &str)]) -> String {
    changes.iter().fold(CONTRACT.to_string(), |contract, (old, new)| {
        assert_eq!(contract.matches(old).count(), 1, "{old}");
        contract.replace(old, new)
    })
}

#[test]
fn what_is_added_to_the_contract_is_there_in_rust() {
    let contract = changes::change(CONTRACT);
    let before = build::generate(CONTRACT).unwrap();
    let after = build::generate(&contract).unwrap();
    for (before, after, added) in [
        (&before.client, &after.client, "pub fn pause_job(&self) -> builder::PauseJob<'_>"),
        (&before.client, &after.client, "pub priority: ::std::option::Option<i64>"),
        (&before.mocks, &after.mocks, "fn pause_job<F>"),
        (&before.operations, &after.operations, "path: \"/api-open/v1/jobs/{job_id}/pause\""),
        (&before.codes, &after.codes, "Self::ErrTooMany => 40004009i64"),
        (&before.codes, &after.codes, "6i64 => Self::Skipped"),
        (&before.codes, &after.codes, "2i64 | 3i64 | 4i64 | 6i64"),
        (&before.codes, &after.codes, "Self::Skipped => Some(\"已跳过\")"),
    ] {
        assert!(after.contains(added), "{added}");
        assert!(!before.contains(added), "{added}");
    }
}

#[test]
fn what_is_the_same_for_every_call_is_not_in_the_client() {
    let client = build::generate(CONTRACT).unwrap().client;
    for text in ["api-version", "header::ACCEPT", "client.baseurl"] {
        assert!(!client.contains(text), "{text}");
    }
    assert_eq!(client.matches(".address(").count(), nebula_explorer::operations::OPERATIONS.len());
}

#[test]
fn what_is_wrong_with_a_contract_is_told_in_one_line_with_its_place() {
    for (old, new, place, problem) in [
        ("openapi: 3.0.3", "openapi: [", "", "is not YAML"),
        ("  title: NebulaGraph Explorer workflow API\n", "", "at info: ", "missing field `title`"),
        (
            "      operationId: cancel_job\n      tags",
            "      tags",
            "at paths./api-open/v1/jobs/{job_id}/cancel",
            "operation",
        ),
        (
            "      operationId: cancel_job\n      tags",
            "      operationId: get_job\n      tags",
            "at paths./api-open/v1/jobs/{job_id}",
            "get_job",
        ),
        (
            "type: array\n      items:\n        type: string\n      example: [player110",
            "type: list\n      items:\n        type: string\n      example: [player110",
            "at components.schemas",
            "list",
        ),
        (
            "$ref: '#/components/schemas/CreatedJob'",
            "$ref: '#/components/schemas/NoJob'",
            "at components.schemas.RunWorkflowResponse.allOf.[1].properties.data",
            "`#/components/schemas/NoJob` leads nowhere",
        ),
        (
            "x-enum-descriptions: [preparing, ",
            "x-enum-descriptions: [",
            "at components.schemas.JobStatus.x-enum-descriptions",
            "has 5 entries, but `enum` has 6",
        ),
        (
            "x-enum-varnames: [Preparing,",
            "x-enum-varnames: [not a name,",
            "at components.schemas.JobStatus.x-enum-varnames",
            "`not a name` is not a name in Rust",
        ),
        (
            "x-enum-varnames: [Preparing,",
            "x-enum-varnames: [Running,",
            "at components.schemas.JobStatus.x-enum-varnames",
            "stands twice",
        ),
        (
            "x-enum-ends: [2, 3, 4]",
            "x-enum-ends: [2, 30]",
            "at components.schemas.JobStatus.x-enum-ends",
            "must list values of `enum`",
        ),
        (
            "      in: cookie\n",
            "      in: header\n",
            "at components.securitySchemes.session",
            "is neither a bearer nor an API key in a cookie",
        ),
        (
            "      in: path\n      required: true\n      description: The task's id",
            "      in: cookie\n      required: true\n      description: The task's id",
            "at paths./api-open/v1/jobs/{job_id}/tasks/{task_id}/sample_result",
            "",
        ),
    ] {
        let error = match build::generate(&changed(&[(old, new)])) {
            Ok(_) => panic!("{new} was taken"),
            Err(error) => error.to_string(),
        };
        assert!(error.starts_with(place), "{error}");
        assert!(error.contains(problem), "{error}");
        assert!(!error.contains('\n'), "{error}");
    }
}
