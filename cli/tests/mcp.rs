//! The Model Context Protocol, as lines on standard input and output.

#![allow(missing_docs, clippy::unwrap_used, clippy::panic)]

mod support;

use std::io::{BufRead as _, BufReader, Write as _};
use std::path::Path;
use std::process::{Child, ChildStdin, Command, Stdio};
use std::sync::mpsc::{Receiver, channel};
use std::time::{Duration, Instant};

use nebula_explorer_emulator::{Emulator, Fault, FaultRule};
use serde_json::{Value, json};
use support::stub::{Response, Stub, job};
use support::{BFS, FAILING, PAGERANK, SLOW, Server, bare};

/// How long a message may take.
const LIMIT: Duration = Duration::from_secs(30);

/// A session, as a client sees it.
struct Client {
    process: Child,
    input: Option<ChildStdin>,
    messages: Receiver<Value>,
    last_id: u64,
    /// Everything that was received.
    received: Vec<Value>,
}

impl Client {
    /// Starts the server, whose lines must all be messages.
    fn start(command: &mut Command) -> Self {
        let mut process = command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
        let (sender, messages) = channel();
        let output = BufReader::new(process.stdout.take().unwrap());
        std::thread::spawn(move || {
            for line in output.lines() {
                let line = line.unwrap();
                let message = serde_json::from_str(&line).unwrap_or_else(|_| panic!("not a message: {line}"));
                // The test may have ended.
                let _ = sender.send(message);
            }
        });
        let input = process.stdin.take();
        Self { process, input, messages, last_id: 0, received: Vec::new() }
    }

    fn initialized(command: &mut Command) -> Self {
        let mut client = Self::start(command);
        client.initialize();
        client
    }

    fn initialize(&mut self) -> Value {
        let client = json!({"name": "test", "version": "1"});
        let parameters = json!({"protocolVersion": "2025-06-18", "capabilities": {}, "clientInfo": client});
        let response = self.request("initialize", parameters);
        self.send(&json!({"jsonrpc": "2.0", "method": "notifications/initialized"}).to_string());
        response["result"].clone()
    }

    fn send(&mut self, line: &str) {
        writeln!(self.input.as_mut().unwrap(), "{line}").unwrap();
    }

    /// Sends a request and returns its id.
    fn start_request(&mut self, method: &str, parameters: Value) -> u64 {
        self.last_id += 1;
        let id = self.last_id;
        self.send(&json!({"jsonrpc": "2.0", "id": id, "method": method, "params": parameters}).to_string());
        id
    }

    fn request(&mut self, method: &str, parameters: Value) -> Value {
        let id = self.start_request(method, parameters);
        self.response(id)
    }

    /// The response to a request. Other messages are kept: responses come in any order.
    fn response(&mut self, id: u64) -> Value {
        while !self.received.iter().any(|message| message["id"] == id) {
            self.received.push(self.messages.recv_timeout(LIMIT).unwrap());
        }
        self.received.iter().find(|message| message["id"] == id).unwrap().clone()
    }

    fn call(&mut self, tool: &str, arguments: Value) -> Value {
        self.request("tools/call", json!({"name": tool, "arguments": arguments}))["result"].clone()
    }

    /// The structured result of a call that succeeds.
    fn succeed(&mut self, tool: &str, arguments: Value) -> Value {
        let result = self.call(tool, arguments);
        assert_eq!(result["isError"], false, "{result}");
        result["structuredContent"].clone()
    }

    /// The text and the data of a call that fails.
    fn fail(&mut self, tool: &str, arguments: Value) -> (String, Value) {
        let result = self.call(tool, arguments);
        assert_eq!(result["isError"], true, "{result}");
        (result["content"][0]["text"].as_str().unwrap().into(), result["structuredContent"].clone())
    }

    /// Closes standard input, and returns the exit code, the time it took and standard error.
    fn end(mut self) -> (i32, Duration, String) {
        self.input.take();
        let started = Instant::now();
        let output = self.process.wait_with_output().unwrap();
        (output.status.code().unwrap(), started.elapsed(), String::from_utf8(output.stderr).unwrap())
    }
}

fn id(workflow: &str) -> i64 {
    workflow.parse().unwrap()
}

#[test]
fn tools_are_as_in_the_snapshot() {
    let mut client = Client::start(&mut bare(&["mcp"]));
    let information = client.initialize();
    assert_eq!(information["serverInfo"], json!({"name": "nebula-explorer", "version": env!("CARGO_PKG_VERSION")}));
    let tools = client.request("tools/list", json!({}))["result"]["tools"].clone();
    compare("tests/mcp.json", &format!("{tools:#}\n"));
    for (guide, head) in
        [("../docs/mcp.md", "| tool | changes | what it does |"), ("../docs/zh-CN/mcp.md", "| 工具 | 更改 | 作用 |")]
    {
        let path = Path::new(env!("CARGO_MANIFEST_DIR")).join(guide);
        let text = std::fs::read_to_string(&path).unwrap();
        let start = text.find(head).unwrap();
        let end = start + text[start..].find("\n\n").unwrap() + 1;
        compare(guide, &[&text[..start], &table(head, &tools, guide.contains("zh-CN")), &text[end..]].concat());
    }
}

/// The descriptions in the Chinese guide.
const CHINESE: &[(&str, &str)] = &[
    ("list_jobs", "列出作业，最新的在前，不含任务。过去的作业也显示有哪些工作流。"),
    ("get_job", "获取一个作业的当前状态，以及各任务的状态和时间。"),
    (
        "run_workflow",
        "运行工作流：创建作业并返回其 id，不等待。每次调用都会创建新的作业，除非带有 idempotency_key。工作流可能把结果写入图中。",
    ),
    (
        "wait_for_job",
        "等待作业结束，并发送进度通知。到时返回其状态，可再次调用继续等待。无论调用如何结束，作业都继续运行。",
    ),
    ("read_rows", "读取已成功的任务的前若干行结果。过大的结果会被截断：`is_complete` 表示是否为全部行。"),
    ("cancel_job", "请求服务器停止作业。作业不会立即结束：wait_for_job 会告知何时结束。"),
    ("list_submissions", "列出本机（或共享存储）中记录的带幂等键的运行，最新的在前。"),
    ("explain_code", "用英文和中文解释 API 的错误码或作业状态的编号。不发送请求。"),
];

/// The table of tools in a guide.
fn table(head: &str, tools: &Value, is_chinese: bool) -> String {
    let mut table = format!("{head}\n|---|---|---|\n");
    for tool in tools.as_array().unwrap() {
        let hints = &tool["annotations"];
        let changes = match (hints["readOnlyHint"] == true, hints["idempotentHint"] == true, is_chinese) {
            (true, _, false) => "nothing",
            (true, _, true) => "无",
            (false, true, false) => "ends a job",
            (false, true, true) => "结束作业",
            (false, false, false) => "creates a job",
            (false, false, true) => "创建作业",
        };
        let properties = tool["inputSchema"]["properties"].as_object().unwrap();
        let required = tool["inputSchema"]["required"].as_array().cloned().unwrap_or_default();
        let arguments = properties.keys().map(|name| {
            let is_required = required.contains(&json!(name));
            if is_required { format!("`{name}`") } else { format!("`[{name}]`") }
        });
        let name = tool["name"].as_str().unwrap();
        let chinese =
            CHINESE.iter().find(|(tool, _)| *tool == name).unwrap_or_else(|| panic!("no Chinese text of {name}"));
        let description = if is_chinese { chinese.1 } else { tool["description"].as_str().unwrap() };
        let arguments = arguments.collect::<Vec<_>>().join(" ");
        table += &format!("| `{name}` {arguments} | {changes} | {description} |\n");
    }
    table
}

/// Compares a file with what it should be, or updates it.
fn compare(file: &str, expected: &str) {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join(file);
    if std::env::var_os("REGENERATE").is_some() {
        return std::fs::write(&path, expected).unwrap();
    }
    let written = std::fs::read_to_string(&path).unwrap_or_default();
    let is_current = written == expected;
    assert!(is_current, "to update {file}: REGENERATE=1 cargo test -p nebula-explorer-cli --test mcp");
}

#[test]
fn every_argument_is_described_and_every_tool_annotated() {
    let mut client = Client::initialized(&mut bare(&["mcp"]));
    let tools = client.request("tools/list", json!({}))["result"]["tools"].clone();
    for tool in tools.as_array().unwrap() {
        let has_text = |value: &Value| value.as_str().is_some_and(|text| text.len() > 3);
        assert!(has_text(&tool["description"]) && has_text(&tool["title"]), "{tool}");
        for (name, property) in tool["inputSchema"]["properties"].as_object().unwrap() {
            assert!(has_text(&property["description"]), "{name}: {property}");
            assert!(property["type"].is_string(), "{name}: {property}");
        }
        let text = tool.to_string();
        assert!(!text.contains("```") && !text.contains("uint"), "{text}");
        let changes = matches!(tool["name"].as_str().unwrap(), "run_workflow" | "cancel_job");
        let expected = if changes {
            json!({"readOnlyHint": false, "destructiveHint": true, "idempotentHint": tool["name"] == "cancel_job"})
        } else {
            json!({"readOnlyHint": true})
        };
        assert_eq!(tool["annotations"], expected, "{tool}");
    }
}

#[test]
fn workflow_is_run_from_submission_to_rows() {
    let server = Server::start(Emulator::builder());
    let mut client = Client::initialized(&mut server.command(&["mcp"]));
    let job =
        client.succeed("run_workflow", json!({"workflow": id(PAGERANK), "input": {"query_1": {"name": "Tim Duncan"}}}));
    let waited = client.succeed("wait_for_job", json!({"job": job["id"]}));
    assert_eq!(
        (&waited["ended"], &waited["job"]["status"], &waited["failure"]),
        (&json!(true), &json!("Success"), &Value::Null)
    );
    let got = client.succeed("get_job", json!({"job": job["id"]}));
    assert_eq!(got, waited["job"]);
    let read = client.succeed("read_rows", json!({"job": job["id"], "task": "PageRank"}));
    let all = read["rows"].as_array().unwrap().len();
    assert!(all > 3 && read["is_complete"] == true, "{read}");
    let some = client.succeed("read_rows", json!({"job": job["id"], "task": "PageRank", "limit": 3}));
    assert_eq!((some["rows"].as_array().unwrap().len(), &some["is_complete"]), (3, &json!(false)));
    let exactly = client.succeed("read_rows", json!({"job": job["id"], "task": "PageRank", "limit": all}));
    assert_eq!(exactly["is_complete"], true, "a limit that is just enough");
    client.succeed("run_workflow", json!({"workflow": id(BFS)}));
    for (arguments, found) in [
        (json!({}), 2),
        (json!({"limit": 1}), 1),
        (json!({"workflow": id(BFS)}), 1),
        (json!({"status": "failed"}), 0),
        (json!({"since": "1h", "order": "oldest"}), 2),
        (json!({"until": "2020-01-01"}), 0),
    ] {
        let listed = client.succeed("list_jobs", arguments.clone());
        assert_eq!(listed["jobs"].as_array().unwrap().len(), found, "{arguments}: {listed}");
    }
    let explained = client.succeed("explain_code", json!({"code": 40_404_000}));
    assert_eq!(explained["explanations"][0]["name"], "ErrNotFound");
    assert_eq!(client.end().0, 0);
}

#[test]
fn key_runs_a_workflow_once() {
    let server = Server::start(Emulator::builder());
    let mut client = Client::initialized(&mut server.command(&["mcp"]));
    let run = json!({"workflow": id(FAILING), "idempotency_key": "the key"});
    let first = client.succeed("run_workflow", run.clone());
    let waited = client.succeed("wait_for_job", json!({"job": first["id"]}));
    assert_eq!(
        (&waited["failure"]["exit_code"], &waited["failure"]["kind"]),
        (&json!(6), &json!("job failed")),
        "{waited}"
    );
    assert_eq!(client.succeed("run_workflow", run.clone()), first);
    // The command shares the record.
    assert_eq!(
        server.run(&["run", FAILING, "--idempotency-key", "the key", "--detach"]).stdout.trim(),
        first["id"].to_string()
    );
    let again = client
        .succeed("run_workflow", json!({"workflow": id(FAILING), "idempotency_key": "the key", "rerun": ["failed"]}));
    assert_ne!(again, first);
    let listed = client.succeed("list_submissions", json!({"key": "the key", "state": "recorded"}));
    let jobs: Vec<_> = listed["submissions"].as_array().unwrap().iter().map(|it| it["job_id"].clone()).collect();
    assert_eq!(jobs, [again["id"].clone(), first["id"].clone()]);
    assert_eq!(server.emulator.jobs(), 2);
}

#[test]
fn wait_reports_progress_and_returns_the_state_in_time() {
    let server = Server::start(Emulator::builder());
    let mut client = Client::initialized(&mut server.command(&["mcp"]));
    let job =
        client.succeed("run_workflow", json!({"workflow": id(PAGERANK), "input": {"query_1": {"name": "Tim Duncan"}}}));
    let wait =
        json!({"name": "wait_for_job", "arguments": {"job": job["id"]}, "_meta": {"progressToken": "the token"}});
    client.request("tools/call", wait);
    let progress: Vec<&Value> = client
        .received
        .iter()
        .filter(|message| message["method"] == "notifications/progress")
        .map(|it| &it["params"])
        .collect();
    assert!(progress.len() > 1 && progress.iter().all(|it| it["progressToken"] == "the token"), "{progress:?}");
    let done: Vec<f64> = progress.iter().map(|it| it["progress"].as_f64().unwrap()).collect();
    assert!(done.is_sorted_by(|a, b| a < b), "{done:?}");
    assert_eq!(progress.last().unwrap()["progress"], progress.last().unwrap()["total"]);

    let slow = client.succeed("run_workflow", json!({"workflow": id(SLOW)}));
    for seconds in [0, 1] {
        let waited = client.succeed("wait_for_job", json!({"job": slow["id"], "timeout_seconds": seconds}));
        assert_eq!(waited["ended"], false, "{waited}");
    }
    assert_eq!(client.succeed("cancel_job", json!({"job": slow["id"]}))["outcome"], "requested");
    let waited = client.succeed("wait_for_job", json!({"job": slow["id"]}));
    assert_eq!((&waited["ended"], &waited["failure"]["kind"]), (&json!(true), &json!("job interrupted")));
    assert_eq!(client.succeed("cancel_job", json!({"job": slow["id"]}))["outcome"], "already_ended");
}

#[test]
fn cancelled_wait_leaves_the_job_running() {
    let server = Server::start(Emulator::builder());
    let mut client = Client::initialized(&mut server.command(&["mcp"]));
    let job = client.succeed("run_workflow", json!({"workflow": id(SLOW)}));
    let wait = client.start_request("tools/call", json!({"name": "wait_for_job", "arguments": {"job": job["id"]}}));
    // Other requests are served meanwhile.
    client.request("ping", json!({}));
    client.send(
        &json!({"jsonrpc": "2.0", "method": "notifications/cancelled", "params": {"requestId": wait}}).to_string(),
    );
    let state = client.succeed("get_job", json!({"job": job["id"]}));
    assert!(["Preparing", "Running"].contains(&state["status"].as_str().unwrap()), "{state}");
    // No response, and nothing that keeps the server from ending.
    assert!(client.received.iter().all(|message| message["id"] != wait));
    let (code, time, _) = client.end();
    assert_eq!(code, 0);
    assert!(time < Duration::from_secs(4), "{time:?}");
}

#[test]
fn submission_is_completed_when_the_client_gives_up() {
    let delay = FaultRule::new(Fault::Delay).operation("run_workflow").times(1).duration(Duration::from_secs(7));
    let server = Server::start(Emulator::builder().fault(delay));
    let mut client = Client::initialized(&mut server.command(&["mcp"]));
    let run = client.start_request("tools/call", json!({"name": "run_workflow", "arguments": {"workflow": id(BFS)}}));
    while server.emulator.jobs() == 0 {
        std::thread::sleep(Duration::from_millis(20));
    }
    client.send(
        &json!({"jsonrpc": "2.0", "method": "notifications/cancelled", "params": {"requestId": run}}).to_string(),
    );
    // The id of the job is reported, although the client neither waits for it nor stays.
    let (code, _, log) = client.end();
    assert_eq!((code, log.contains("runs as job 105")), (0, true), "{log}");
}

#[test]
fn errors_are_those_of_the_command() {
    let server = Server::start(Emulator::builder());
    let mut client = Client::initialized(&mut server.command(&["mcp"]));
    let (text, data) = client.fail("get_job", json!({"job": 999}));
    let command = server.run(&["jobs", "get", "999"]);
    let without_trace = |text: &str| text.split("trace id").next().unwrap().trim().to_string();
    assert_eq!(without_trace(&text), without_trace(&command.stderr));
    assert_eq!(
        (&data["exit_code"], &data["kind"], &data["code"]),
        (&json!(4), &json!("not found"), &json!(40_404_000)),
        "{data}"
    );
    for (tool, arguments, problem) in [
        ("get_job", json!({}), "missing field `job`"),
        ("get_job", json!({"job": "x"}), "job: invalid type"),
        ("get_job", json!({"job": 1, "jobs": 2}), "unknown field `jobs`"),
        ("list_jobs", json!({"status": "done"}), "status: must be one of"),
        ("list_jobs", json!({"since": "yesterday"}), "since: must be like"),
        ("list_jobs", json!({"limit": 101}), "limit: at most 100"),
        ("list_jobs", json!({"limit": -1}), "limit: invalid value"),
        ("read_rows", json!({"job": 1, "limit": 0}), "limit: must be from 1"),
        ("wait_for_job", json!({"job": 1, "timeout_seconds": 99_999}), "timeout_seconds: must be at most"),
        ("run_workflow", json!({"workflow": 1, "rerun": ["failed"]}), "rerun requires idempotency_key"),
        (
            "run_workflow",
            json!({"workflow": 1, "idempotency_key": "k", "rerun": ["success"]}),
            "rerun[0]: unknown variant",
        ),
        (
            "run_workflow",
            json!({"workflow": 1, "input": {"query_1": {"name": ["x"]}}}),
            "query_1.name: the value must be",
        ),
        ("list_submissions", json!({"state": "sent"}), "state:"),
        ("explain_code", json!({"code": 7}), "does not list code 7"),
    ] {
        let (text, data) = client.fail(tool, arguments.clone());
        assert!(text.contains(problem), "{tool} {arguments}: {text}");
        assert_eq!(data["kind"], "invalid usage", "{tool} {arguments}: {data}");
    }
    assert_eq!(server.emulator.jobs(), 0);
}

#[test]
fn sign_in_is_tried_again_after_a_rejection() {
    let server = Server::start(Emulator::builder());
    let mut client = Client::initialized(&mut server.unconfigured(&["mcp"]));
    let (text, data) = client.fail("list_jobs", json!({}));
    assert_eq!((data["exit_code"].clone(), text.contains("nebula-explorer login")), (json!(3), true), "{text}");
    assert_eq!(server.log_in(&[]).code, 0);
    client.succeed("list_jobs", json!({}));
}

#[test]
fn protocol_errors_do_not_end_the_session() {
    let mut client = Client::initialized(&mut bare(&["mcp"]));
    client.send("garbage");
    client.send("");
    client.send("{\"jsonrpc\": \"2.0\", \"id\": 77, \"method\": ");
    let unknown = client.request("tools/call", json!({"name": "drop_graph", "arguments": {}}));
    assert_eq!(
        (&unknown["error"]["code"], unknown["error"]["message"].as_str().unwrap()),
        (&json!(-32602), "there is no tool `drop_graph`")
    );
    assert_eq!(client.request("no/such/method", json!({}))["error"]["code"], -32601);
    client.succeed("explain_code", json!({"code": 2}));
    assert_eq!(client.end().0, 0);
}

#[test]
fn end_of_input_ends_the_server() {
    for initialize in [false, true] {
        let mut client = Client::start(&mut bare(&["mcp"]));
        if initialize {
            client.initialize();
        }
        let (code, _, log) = client.end();
        assert_eq!((code, log.as_str()), (0, ""));
    }
    let wrong = support::Ended::of(&mut bare(&["mcp", "--password-stdin"]));
    assert_eq!((wrong.code, wrong.stdout.as_str()), (2, ""), "{wrong:?}");
}

#[test]
fn texts_of_the_server_have_no_control_characters() {
    const HOSTILE: &str = "a\x1b[31m\u{9b}2J\nb\u{202e}c";
    const SHOWN: &str = "a\\u{1b}[31m\\u{9b}2J\\nb\\u{202e}c";
    let stub = Stub::signed_in(|request| {
        let mut job = job(105, 2);
        job["name"] = HOSTILE.into();
        match request.path.split('?').next().unwrap() {
            path if path.ends_with("/sample_result") => Response::success(json!({"items": [[HOSTILE]]})),
            path if path.ends_with("/jobs/999") => Response::error(404, 40_404_000, &format!("ErrNotFound::{HOSTILE}")),
            _ => Response::success(job),
        }
    });
    let mut client = Client::initialized(&mut stub.command(&["mcp"]));
    assert_eq!(client.succeed("get_job", json!({"job": 105}))["name"], SHOWN);
    assert_eq!(client.succeed("read_rows", json!({"job": 105}))["rows"], json!([[SHOWN]]));
    let (text, data) = client.fail("get_job", json!({"job": 999}));
    assert!(text.contains(SHOWN) && data["error"].as_str().unwrap().contains(SHOWN), "{text} {data}");
}

#[test]
fn large_results_are_cut() {
    let stub = Stub::signed_in(|request| match request.path.split('?').next().unwrap() {
        path if path.ends_with("/sample_result") => Response::success(json!({"items": vec![["x".repeat(1000)]; 200]})),
        _ => Response::success(job(105, 2)),
    });
    let mut client = Client::initialized(&mut stub.command(&["mcp"]));
    let read = client.succeed("read_rows", json!({"job": 105, "limit": 10_000}));
    let rows = read["rows"].as_array().unwrap().len();
    assert!((60..70).contains(&rows) && read["is_complete"] == false, "{rows}");
}

#[test]
fn no_message_and_no_log_contains_a_secret() {
    const TOKEN: &str = "eyJhbGciOiJIUzI1NiJ9.c2VjcmV0LXRva2Vu.c2lnbmF0dXJl";
    let stub = Stub::start(|request| {
        if request.is_sign_in() {
            return Response::sign_in(TOKEN);
        }
        let headers: String = request.headers.iter().map(|(name, value)| format!("{name}: {value}\n")).collect();
        Response::error(400, 40_004_000, &format!("ErrBadRequest::{headers}"))
    });
    let store = "postgres://user:5ecretOfTheStore@127.0.0.1:1/keys";
    let mut command = stub.command(&["mcp", "-vvv", "--store", store]);
    command.env("NEBULA_EXPLORER_PASSWORD", "5ecretPassword");
    let mut client = Client::initialized(&mut command);
    for (tool, arguments) in [
        ("list_jobs", json!({})),
        ("get_job", json!({"job": 1})),
        ("wait_for_job", json!({"job": 1})),
        ("read_rows", json!({"job": 1})),
        ("cancel_job", json!({"job": 1})),
        ("run_workflow", json!({"workflow": 1})),
        ("run_workflow", json!({"workflow": 1, "idempotency_key": "k"})),
        ("list_submissions", json!({})),
    ] {
        client.fail(tool, arguments);
    }
    let received = json!(client.received).to_string();
    let (_, _, log) = client.end();
    assert!(log.contains("run_workflow"), "{log}");
    for secret in ["5ecretPassword", "5ecretOfTheStore", TOKEN, PASSWORD_OF_STUB] {
        assert!(!received.contains(secret) && !log.contains(secret), "{secret} in {received} or {log}");
    }
}

/// The account as it travels.
const PASSWORD_OF_STUB: &str = "WyJyb290IiwiNWVjcmV0UGFzc3dvcmQiXQ==";

#[test]
fn sign_in_is_shared_by_all_calls() {
    let server = Server::start(Emulator::builder());
    let mut client = Client::initialized(&mut server.command(&["mcp"]));
    let calls: Vec<u64> =
        (0..5).map(|_| client.start_request("tools/call", json!({"name": "list_jobs", "arguments": {}}))).collect();
    for call in calls {
        client.response(call);
    }
    client.succeed("run_workflow", json!({"workflow": id(BFS), "idempotency_key": "k"}));
    assert_eq!(server.emulator.sign_ins(), 1);
}
