//! Every fault in combination with every operation: recovered, or which error. This generates the tables in the guides.

#![allow(missing_docs, clippy::unwrap_used, clippy::panic)]

use std::fmt::Write as _;
use std::time::Duration;

use clap::ValueEnum as _;
use nebula_explorer::operations::{OPERATIONS, Operation, Security};
use nebula_explorer::{Credentials, Error, Explorer};
use nebula_explorer_emulator::{Behaviour, Emulator, Fault, FaultRule};

const WORKFLOW: i64 = 4216617529;

/// The outcome of signing in, of running a workflow (with the number of jobs created), and of all other calls; see [`column`].
type Outcomes = [&'static str; 3];

/// The outcomes if a fault is injected once, and if it is injected every time.
#[rustfmt::skip]
const EXPECTED: &[(Fault, Outcomes, Outcomes)] = &[
    (Fault::Refuse, ["recovered", "OutcomeUnknown (0)", "recovered"], ["Unreachable", "OutcomeUnknown (0)", "Unreachable"]),
    (Fault::Delay, ["recovered", "OutcomeUnknown (1)", "recovered"], ["TimedOut", "OutcomeUnknown (1)", "TimedOut"]),
    (Fault::DropBefore, ["recovered", "OutcomeUnknown (0)", "recovered"], ["ConnectionLost", "OutcomeUnknown (0)", "ConnectionLost"]),
    (Fault::DropAfter, ["recovered", "OutcomeUnknown (1)", "recovered"], ["ConnectionLost", "OutcomeUnknown (1)", "ConnectionLost"]),
    (Fault::CutBody, ["recovered", "OutcomeUnknown (1)", "recovered"], ["ConnectionLost", "OutcomeUnknown (1)", "ConnectionLost"]),
    (Fault::DripBody, ["unaffected", "unaffected (1)", "unaffected"], ["unaffected", "unaffected (1)", "unaffected"]),
    (Fault::BadGateway, ["recovered", "OutcomeUnknown (0)", "recovered"], ["UnexpectedResponse", "OutcomeUnknown (0)", "UnexpectedResponse"]),
    (Fault::Unavailable, ["recovered", "OutcomeUnknown (0)", "recovered"], ["UnexpectedResponse", "OutcomeUnknown (0)", "UnexpectedResponse"]),
    (Fault::GatewayTimeout, ["recovered", "OutcomeUnknown (1)", "recovered"], ["UnexpectedResponse", "OutcomeUnknown (1)", "UnexpectedResponse"]),
    (Fault::TooManyRequests, ["recovered", "recovered (1)", "recovered"], ["UnexpectedResponse", "UnexpectedResponse (0)", "UnexpectedResponse"]),
    (Fault::EmptyError, ["recovered", "OutcomeUnknown (1)", "recovered"], ["UnexpectedResponse", "OutcomeUnknown (1)", "UnexpectedResponse"]),
    (Fault::InternalError, ["SignInFailed", "OutcomeUnknown (1)", "Api"], ["SignInFailed", "OutcomeUnknown (1)", "Api"]),
    (Fault::WebPage, ["UnexpectedResponse", "UnexpectedResponse (0)", "UnexpectedResponse"], ["UnexpectedResponse", "UnexpectedResponse (0)", "UnexpectedResponse"]),
    (Fault::ErrorInSuccess, ["SignInFailed", "OutcomeUnknown (0)", "Api"], ["SignInFailed", "OutcomeUnknown (0)", "Api"]),
    (Fault::UnknownCode, ["SignInFailed", "Api (0)", "Api"], ["SignInFailed", "Api (0)", "Api"]),
    (Fault::UnknownStatus, ["unaffected", "unaffected (1)", "unaffected"], ["unaffected", "unaffected (1)", "unaffected"]),
    (Fault::MissingCookie, ["InvalidResponse", "", ""], ["InvalidResponse", "", ""]),
    (Fault::MalformedCookie, ["InvalidResponse", "", ""], ["InvalidResponse", "", ""]),
    (Fault::RevokedToken, ["", "recovered (1)", "recovered"], ["", "Api (0)", "Api"]),
    (Fault::Restart, ["", "recovered (1)", "recovered"], ["", "Api (0)", "Api"]),
    (Fault::Redirect, ["Redirected", "Redirected (0)", "Redirected"], ["Redirected", "Redirected (0)", "Redirected"]),
];

#[tokio::test(start_paused = true)]
async fn every_fault_in_every_operation_is_recovered_or_is_the_right_error() {
    let (once_table, always_table) = check_matrix(&Behaviour::default()).await;
    let in_chinese = |table: &str| {
        let table = table.replace("unaffected", "无影响").replace("recovered", "已恢复");
        table.replace("| fault |", "| 故障 |")
    };
    check_tables("docs/reliability.md", &once_table, &always_table);
    check_tables("docs/zh-CN/reliability.md", &in_chinese(&once_table), &in_chinese(&always_table));
}

/// What the documentation leaves open makes no difference.
#[tokio::test(start_paused = true)]
async fn outcomes_are_the_same_with_the_most_hostile_server() {
    check_matrix(&Behaviour::worst()).await;
}

/// Checks every fault in every operation against [`EXPECTED`], and returns the tables of the guides.
async fn check_matrix(behaviour: &Behaviour) -> (String, String) {
    assert_eq!(EXPECTED.len(), Fault::value_variants().len(), "every fault has a line in EXPECTED");
    let (mut once_table, mut always_table) = (head(), head());
    let mut wrong = Vec::new();
    for (fault, once, always) in EXPECTED {
        for (times, expected, table) in [(Some(1), once, &mut once_table), (None, always, &mut always_table)] {
            write!(table, "| `{fault}` |").unwrap();
            for operation in OPERATIONS {
                let expected = expected[column(operation)];
                let outcome = outcome(*fault, times, operation, behaviour).await;
                if outcome != expected {
                    wrong.push(format!("{fault} {times:?} {}: {outcome}, expected {expected}", operation.id));
                }
                write!(table, " {} |", if outcome.is_empty() { "–" } else { &outcome }).unwrap();
            }
            table.push('\n');
        }
    }
    assert!(wrong.is_empty(), "{}\nbehaviour: {behaviour}", wrong.join("\n"));
    (once_table, always_table)
}

/// The index of an operation's outcome in [`Outcomes`].
fn column(operation: &Operation) -> usize {
    match (operation.security, operation.is_repeatable()) {
        (Security::Account, _) => 0,
        (_, false) => 1,
        (_, true) => 2,
    }
}

/// The outcome of one call: `unaffected`, `recovered`, or the variant of the error; empty if the fault does not apply to the
/// operation. For running a workflow, the number of jobs created is added in parentheses.
async fn outcome(fault: Fault, times: Option<u64>, operation: &Operation, behaviour: &Behaviour) -> String {
    let emulator = Emulator::builder().speed(1000.0).behaviour(behaviour.clone()).start().await.unwrap();
    let explorer = client(&emulator);
    let job = explorer.workflow(WORKFLOW).run().await.unwrap();
    let task = job.wait().await.unwrap().tasks[0].id.clone();
    // A fault that lasts must be over before the retries if it is injected once, and outlast them otherwise.
    let duration = match (fault, times) {
        (Fault::Refuse, Some(_)) => Duration::from_millis(10),
        _ => Duration::from_secs(60),
    };
    let mut rule = FaultRule::new(fault).operation(operation.id).duration(duration);
    if let Some(times) = times {
        rule = rule.times(times);
    }
    if !rule.is_for(operation.id) {
        return String::new();
    }
    emulator.set_faults(vec![rule]).unwrap();
    let (jobs, calls) = (emulator.jobs(), emulator.calls(operation.id));
    let outcome = match operation.id {
        "connect" => client(&emulator).sign_in().await.map(drop),
        "run_workflow" => explorer.workflow(WORKFLOW).run().await.map(drop),
        "list_workflow_jobs" => explorer.workflow(WORKFLOW).jobs().await.map(drop),
        "list_jobs" => explorer.jobs().await.map(drop),
        "get_job" => job.get().await.map(drop),
        "cancel_job" => job.cancel().await.map(drop),
        "get_task_result" => job.task(task).rows::<(String, f64)>().await.map(drop),
        id => panic!("add the call of {id} here"),
    };
    assert!(emulator.injected(fault) >= 1, "{fault} was not injected into {}", operation.id);
    let word = match outcome {
        Ok(()) if emulator.calls(operation.id) == calls + 1 => "unaffected".into(),
        Ok(()) => "recovered".into(),
        Err(error) => variant(&error),
    };
    match operation.is_repeatable() {
        true => word,
        false => format!("{word} ({})", emulator.jobs() - jobs),
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

/// Checks that a guide has these tables; writes them into it if the variable REGENERATE is set.
fn check_tables(guide: &str, once: &str, always: &str) {
    let path = format!("{}/{guide}", env!("CARGO_MANIFEST_DIR"));
    let current = std::fs::read_to_string(&path).unwrap();
    let with_table = |text: &str, name: &str, table: &str| {
        let start = format!("<!-- table {name}: generated by tests/reliability.rs -->\n");
        let (before, rest) = text.split_once(&start).unwrap();
        let (_, after) = rest.split_once("<!-- end -->").unwrap();
        format!("{before}{start}{table}<!-- end -->{after}")
    };
    let updated = with_table(&with_table(&current, "once", once), "always", always);
    if std::env::var_os("REGENERATE").is_some() {
        std::fs::write(path, updated).unwrap();
        return;
    }
    assert_eq!(current, updated, "{guide} is outdated: REGENERATE=1 cargo test --test reliability");
}
