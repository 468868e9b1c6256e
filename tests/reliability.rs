//! Every fault times every operation: recovered, or which error. The tables in `docs/reliability.md` are written from it.

#![allow(missing_docs, clippy::unwrap_used, clippy::panic)]

use std::fmt::Write as _;
use std::time::Duration;

use clap::ValueEnum as _;
use nebula_explorer::operations::OPERATIONS;
use nebula_explorer::{Credentials, Error, Explorer};
use nebula_explorer_emulator::{Emulator, Fault, FaultRule};

const WORKFLOW: i64 = 4216617529;

/// What becomes of a call: of `connect`, of `run_workflow` (and how many jobs it made), and of the others.
type Outcomes = [&'static str; 3];

/// When a fault strikes once, and when it strikes every time.
#[rustfmt::skip]
const EXPECTED: &[(Fault, Outcomes, Outcomes)] = &[
    (Fault::Refuse, ["recovered", "OutcomeUnknown (0)", "recovered"], ["Unreachable", "OutcomeUnknown (0)", "Unreachable"]),
    (Fault::Delay, ["recovered", "OutcomeUnknown (1)", "recovered"], ["TimedOut", "OutcomeUnknown (1)", "TimedOut"]),
    (Fault::DropBefore, ["recovered", "OutcomeUnknown (0)", "recovered"], ["ConnectionLost", "OutcomeUnknown (0)", "ConnectionLost"]),
    (Fault::DropAfter, ["recovered", "OutcomeUnknown (1)", "recovered"], ["ConnectionLost", "OutcomeUnknown (1)", "ConnectionLost"]),
    (Fault::CutBody, ["recovered", "OutcomeUnknown (1)", "recovered"], ["ConnectionLost", "OutcomeUnknown (1)", "ConnectionLost"]),
    (Fault::DripBody, ["unharmed", "unharmed (1)", "unharmed"], ["unharmed", "unharmed (1)", "unharmed"]),
    (Fault::BadGateway, ["recovered", "OutcomeUnknown (0)", "recovered"], ["UnexpectedResponse", "OutcomeUnknown (0)", "UnexpectedResponse"]),
    (Fault::Unavailable, ["recovered", "OutcomeUnknown (0)", "recovered"], ["UnexpectedResponse", "OutcomeUnknown (0)", "UnexpectedResponse"]),
    (Fault::GatewayTimeout, ["recovered", "OutcomeUnknown (1)", "recovered"], ["UnexpectedResponse", "OutcomeUnknown (1)", "UnexpectedResponse"]),
    (Fault::TooManyRequests, ["recovered", "recovered (1)", "recovered"], ["UnexpectedResponse", "UnexpectedResponse (0)", "UnexpectedResponse"]),
    (Fault::EmptyError, ["recovered", "OutcomeUnknown (1)", "recovered"], ["UnexpectedResponse", "OutcomeUnknown (1)", "UnexpectedResponse"]),
    (Fault::InternalError, ["SignInFailed", "OutcomeUnknown (1)", "Api"], ["SignInFailed", "OutcomeUnknown (1)", "Api"]),
    (Fault::WebPage, ["UnexpectedResponse", "UnexpectedResponse (0)", "UnexpectedResponse"], ["UnexpectedResponse", "UnexpectedResponse (0)", "UnexpectedResponse"]),
    (Fault::ErrorInSuccess, ["SignInFailed", "OutcomeUnknown (0)", "Api"], ["SignInFailed", "OutcomeUnknown (0)", "Api"]),
    (Fault::UnknownCode, ["SignInFailed", "Api (0)", "Api"], ["SignInFailed", "Api (0)", "Api"]),
    (Fault::UnknownStatus, ["unharmed", "unharmed (1)", "unharmed"], ["unharmed", "unharmed (1)", "unharmed"]),
    (Fault::MissingCookie, ["InvalidResponse", "", ""], ["InvalidResponse", "", ""]),
    (Fault::MalformedCookie, ["InvalidResponse", "", ""], ["InvalidResponse", "", ""]),
    (Fault::RevokedToken, ["", "recovered (1)", "recovered"], ["", "Api (0)", "Api"]),
    (Fault::Restart, ["", "recovered (1)", "recovered"], ["", "Api (0)", "Api"]),
    (Fault::Redirect, ["Redirected", "Redirected (0)", "Redirected"], ["Redirected", "Redirected (0)", "Redirected"]),
];

#[tokio::test(start_paused = true)]
async fn every_fault_of_every_operation_is_recovered_from_or_is_the_right_error() {
    assert_eq!(EXPECTED.len(), Fault::value_variants().len(), "every fault has its line");
    let (mut once_table, mut always_table) = (head(), head());
    for (fault, once, always) in EXPECTED {
        for (times, expected, table) in [(Some(1), once, &mut once_table), (None, always, &mut always_table)] {
            write!(table, "| `{fault}` |").unwrap();
            for operation in OPERATIONS {
                let expected = match operation.id {
                    "connect" => expected[0],
                    "run_workflow" => expected[1],
                    _ => expected[2],
                };
                let outcome = outcome(*fault, times, operation.id).await;
                assert_eq!(outcome, expected, "{fault} {times:?} {}", operation.id);
                write!(table, " {} |", if outcome.is_empty() { "–" } else { &outcome }).unwrap();
            }
            table.push('\n');
        }
    }
    let in_chinese = |table: &str| {
        let table = table.replace("unharmed", "无影响").replace("recovered", "已恢复");
        table.replace("| fault |", "| 故障 |")
    };
    let outdated = [
        bring_up_to_date("docs/reliability.md", &once_table, &always_table),
        bring_up_to_date("docs/zh-CN/reliability.md", &in_chinese(&once_table), &in_chinese(&always_table)),
    ];
    assert_eq!(outdated, [false, false], "docs/reliability*.md did not have these tables; now they do: commit them");
}

/// What becomes of one call: `unharmed`, `recovered`, or the error's variant; nothing where the fault cannot strike. In brackets
/// how many jobs a call to run a workflow has made.
async fn outcome(fault: Fault, times: Option<u64>, operation: &str) -> String {
    let emulator = Emulator::builder().speed(1000.0).start().await.unwrap();
    let explorer = client(&emulator);
    let job = explorer.workflow(WORKFLOW).run().await.unwrap();
    let task = job.wait().await.unwrap().tasks[0].id.clone();
    // Refused for a moment when it strikes once; for longer than all attempts when it goes on.
    let lasts = match (fault, times) {
        (Fault::Refuse, Some(_)) => Duration::from_millis(10),
        _ => Duration::from_secs(60),
    };
    let mut rule = FaultRule::new(fault).operation(operation).duration(lasts);
    if let Some(times) = times {
        rule = rule.times(times);
    }
    if !rule.is_for(operation) {
        return String::new();
    }
    emulator.set_faults(vec![rule]).unwrap();
    let (jobs, calls) = (emulator.jobs(), emulator.calls(operation));
    let outcome = match operation {
        "connect" => client(&emulator).sign_in().await.map(drop),
        "run_workflow" => explorer.workflow(WORKFLOW).run().await.map(drop),
        "list_workflow_jobs" => explorer.workflow(WORKFLOW).jobs().await.map(drop),
        "list_jobs" => explorer.jobs().await.map(drop),
        "get_job" => job.get().await.map(drop),
        "cancel_job" => job.cancel().await.map(drop),
        "get_task_result" => job.task(task).rows::<(String, f64)>().await.map(drop),
        operation => panic!("{operation} is not called here yet"),
    };
    assert!(emulator.injected(fault) >= 1, "{fault} has not injected {operation}");
    let word = match outcome {
        Ok(()) if emulator.calls(operation) == calls + 1 => "unharmed".into(),
        Ok(()) => "recovered".into(),
        Err(error) => variant(&error),
    };
    match operation {
        "run_workflow" => format!("{word} ({})", emulator.jobs() - jobs),
        _ => word,
    }
}

fn client(emulator: &Emulator) -> Explorer {
    let account = Credentials::account("root", "nebula");
    Explorer::builder(emulator.url()).graph("127.0.0.1", 9669).credentials(account).build().unwrap()
}

fn variant(error: &Error) -> String {
    let shown = format!("{error:?}");
    shown.split(|c: char| !c.is_alphanumeric()).next().unwrap().to_string()
}

fn head() -> String {
    let operations: Vec<String> = OPERATIONS.iter().map(|operation| format!("`{}`", operation.id)).collect();
    format!("| fault | {} |\n|---|{}\n", operations.join(" | "), "---|".repeat(operations.len()))
}

/// Puts the tables into a guide; says whether they were not in it.
fn bring_up_to_date(path: &str, once: &str, always: &str) -> bool {
    let path = format!("{}/{path}", env!("CARGO_MANIFEST_DIR"));
    let guide = std::fs::read_to_string(&path).unwrap();
    let with = |guide: String, name: &str, table: &str| {
        let begin = format!("<!-- table {name}: written by tests/reliability.rs -->\n");
        let (before, rest) = guide.split_once(&begin).unwrap();
        let (_, after) = rest.split_once("<!-- end -->").unwrap();
        format!("{before}{begin}{table}<!-- end -->{after}")
    };
    let changed = with(with(guide.clone(), "once", once), "always", always);
    if changed == guide {
        return false;
    }
    std::fs::write(path, changed).unwrap();
    true
}
