//! The sequences of calls in `openapi/explorer-workflow.arazzo.yaml`: linted, and executed against the emulator by `redocly respect`.

use std::fs;
use std::path::Path;
use std::time::Duration;

use duct::cmd;
use serde_json::{Value, json};

use crate::Outcome;
use crate::emulator::{Emulator, GRAPH};
use crate::process::{announce, capture, text};
use crate::sample::{self, WORKFLOW};

const ARAZZO: &str = "openapi/explorer-workflow.arazzo.yaml";

/// A sequence takes seconds. One that polls forever must not.
const LIMIT: Duration = Duration::from_secs(120);

/// One sequence against one emulator.
struct Case {
    sequence: &'static str,
    workflow: i64,
    input: fn() -> Value,
    /// The options of the emulator.
    faults: &'static [&'static str],
    /// The HTTP requests: each step and the status of its response.
    requests: &'static [(&'static str, u64)],
    succeeds: bool,
}

/// The workflow whose jobs run long enough to be cancelled.
const SLOW_WORKFLOW: i64 = 4216617531;

const CASES: &[Case] = &[
    Case {
        sequence: "run_and_read",
        workflow: WORKFLOW,
        input: || json!({ "query_1": { "name": "Tim Duncan" } }),
        faults: &[],
        requests: &[("connect", 200), ("run", 200), ("wait_for_success", 200), ("read", 200)],
        succeeds: true,
    },
    // The session ends in the middle.
    Case {
        sequence: "run_and_read",
        workflow: WORKFLOW,
        input: || json!({ "query_1": { "name": "Tim Duncan" } }),
        faults: &["--fault", "get_job=revoked-token,times=1"],
        requests: &[
            ("connect", 200),
            ("run", 200),
            ("wait_for_success", 401),
            ("wait_for_success", 200),
            ("read", 200),
        ],
        succeeds: true,
    },
    // The job fails, so that there are no rows.
    Case {
        sequence: "run_and_read",
        workflow: WORKFLOW,
        input: || json!({ "query_1": { "name": "nobody" } }),
        faults: &[],
        requests: &[("connect", 200), ("run", 200), ("wait_for_success", 200)],
        succeeds: false,
    },
    Case {
        sequence: "run_and_cancel",
        workflow: SLOW_WORKFLOW,
        input: || json!({}),
        faults: &["--fault", "cancel_job=revoked-token,times=1"],
        requests: &[("connect", 200), ("run", 200), ("cancel", 401), ("cancel", 200), ("wait_for_interruption", 200)],
        succeeds: true,
    },
    Case {
        sequence: "run_and_find_failure",
        workflow: WORKFLOW,
        input: || json!({ "query_1": { "name": "nobody" } }),
        faults: &[],
        requests: &[("connect", 200), ("run", 200), ("wait_for_failure", 200), ("find", 200)],
        succeeds: true,
    },
];

/// Lints the document and executes every case.
pub fn check(node: &Path) -> Outcome {
    announce(&format!("redocly lint {ARAZZO}"));
    let quiet = [("REDOCLY_TELEMETRY", "off"), ("REDOCLY_SUPPRESS_UPDATE_NOTICE", "true")];
    let lint = cmd!(node.join("redocly"), "lint", "--extends", "recommended-strict", ARAZZO);
    quiet.iter().fold(lint, |lint, (name, value)| lint.env(name, value)).run()?;
    for case in CASES {
        announce(&format!("redocly respect: {} {}", case.sequence, case.faults.join(" ")));
        let emulator = Emulator::start_with(case.faults)?;
        let log = tempfile()?;
        let server = format!("explorer={}", emulator.url);
        let input = json!({
            "account": sample::account(),
            "graph_address": GRAPH.0,
            "graph_port": GRAPH.1,
            "workflow_id": case.workflow,
            "input": (case.input)(),
        });
        let respect = cmd!(
            node.join("redocly"),
            "respect",
            ARAZZO,
            "--workflow",
            case.sequence,
            "--server",
            server,
            "--input",
            input.to_string(),
            "--json-output",
            &log
        );
        let respect = quiet.iter().fold(respect, |respect, (name, value)| respect.env(name, value));
        let output = capture(&respect, LIMIT)?;
        let requests = requests(&serde_json::from_str(&fs::read_to_string(&log)?)?);
        let expected: Vec<_> = case.requests.iter().map(|(step, status)| (step.to_string(), *status)).collect();
        if output.status.success() != case.succeeds || requests != expected {
            let printed = text(&output.stdout);
            return Err(format!("{}: expected {expected:?}, but sent {requests:?}\n{printed}", case.sequence).into());
        }
        eprintln!("sent {requests:?}");
    }
    Ok(())
}

fn tempfile() -> Outcome<String> {
    let folder = crate::process::root().join("target/arazzo");
    fs::create_dir_all(&folder)?;
    Ok(folder.join("respect.json").display().to_string())
}

/// Each step and the status of its response, in order. How often a job is polled depends on the speed of the machine: the same
/// response again counts once.
fn requests(log: &Value) -> Vec<(String, u64)> {
    let mut found = Vec::new();
    collect(log, &mut found);
    found.dedup();
    found
}

fn collect(value: &Value, found: &mut Vec<(String, u64)>) {
    if let (Some(step), Some(status)) =
        (value["stepId"].as_str(), value.pointer("/response/statusCode").and_then(Value::as_u64))
    {
        found.push((step.to_string(), status));
    }
    match value {
        Value::Object(fields) => fields.values().for_each(|child| collect(child, found)),
        Value::Array(items) => items.iter().for_each(|item| collect(item, found)),
        _ => {}
    }
}
