//! Exit codes: what ends with which one, and the tables of the guides.
//!
//! With the variable REGENERATE set, the tables are updated.

#![allow(missing_docs, clippy::unwrap_used, clippy::panic)]

mod support;

use std::net::TcpListener;
use std::path::Path;
use std::process::Stdio;
use std::time::Duration;

use nebula_explorer_emulator::{Emulator, Fault, FaultRule};
use serde_json::json;
use support::stub::{Response, Stub, job};
use support::{BFS, Ended, FAILING, SLOW, Server, bare, help, operation};

/// Something that ends a command, in English and in Chinese.
struct Case {
    en: &'static str,
    zh: &'static str,
    run: fn() -> Vec<Ended>,
}

const fn case(en: &'static str, zh: &'static str, run: fn() -> Vec<Ended>) -> Case {
    Case { en, zh, run }
}

/// Code, its meaning in Chinese, and its cases. The meaning in English is that of the help.
const CODES: &[(i32, &str, &[Case])] = &[
    (
        0,
        "成功",
        &[case("also if standard output is closed", "包括标准输出已关闭", || {
            vec![listing(jobs), with_closed_output()]
        })],
    ),
    (
        1,
        "其他错误",
        &[
            case("an error code of the server", "服务器返回错误码", || {
                vec![listing(|| Response::error(500, 50_004_001, "ErrInternalDatabase"))]
            }),
            case("a response that is not from Explorer", "响应不是来自 Explorer", || {
                vec![listing(|| Response::html(200)), listing(|| Response::html(404)), listing(|| Response::html(413))]
            }),
        ],
    ),
    (
        2,
        "用法错误",
        &[case("an unknown option, an invalid value", "未知的选项、无效的值", || {
            vec![Ended::of(&mut bare(&["jobs", "list", "--nonsense"])), Ended::of(&mut bare(&["explain", "7777"]))]
        })],
    ),
    (
        3,
        "未登录，或无权访问",
        &[
            case("no profile and no password", "没有配置，也没有密码", || {
                vec![Ended::of(&mut bare(&["jobs", "list"]))]
            }),
            case(
                "a rejected account or session, 401 or 403, also as the page of a proxy",
                "账号或会话被拒绝；401 或 403，包括代理的页面",
                || {
                    let rejected = Stub::start(|_| {
                        Response::error(400, 40_004_000, "ErrBadRequest::failed to authenticate, error code: -1001")
                    });
                    vec![
                        rejected.run(&["jobs", "list"]),
                        listing(|| Response::error(401, 40_104_001, "ErrSession::token is expired")),
                        listing(|| Response::error(403, 40_304_000, "ErrForbidden")),
                        listing(|| Response::html(401)),
                        listing(|| Response::html(403)),
                        Stub::start(|_| Response::html(403)).run(&["jobs", "list"]),
                    ]
                },
            ),
        ],
    ),
    (
        4,
        "不存在",
        &[case("no such job or workflow", "作业或工作流不存在", || {
            let server = Server::start(Emulator::builder());
            vec![server.run(&["jobs", "get", "999"]), server.run(&["run", "1"])]
        })],
    ),
    (
        5,
        "无法连接服务器",
        &[
            case(
                "connection refused, 502, 503 or 504 of a proxy",
                "连接被拒绝；代理返回 502、503 或 504",
                || {
                    let closed = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap();
                    let url = format!("http://{closed}");
                    let mut refused = Server::start(Emulator::builder()).command(&["jobs", "list"]);
                    let mut all = vec![Ended::of(refused.env("NEBULA_EXPLORER_URL", url))];
                    for status in [502, 503, 504] {
                        all.push(Stub::start(move |_| Response::html(status)).run(&["jobs", "list"]));
                        all.push(Stub::signed_in(move |_| Response::html(status)).run(&["jobs", "list"]));
                    }
                    all
                },
            ),
            case("no response in time, also to the sign-in", "没有及时响应，包括登录", || {
                let late = || Response::html(200).after(Duration::from_secs(20));
                let arguments = ["jobs", "list", "--request-timeout", "1s"];
                vec![Stub::start(move |_| late()).run(&arguments), Stub::signed_in(move |_| late()).run(&arguments)]
            }),
        ],
    ),
    (
        6,
        "作业失败",
        &[case("`run`, `jobs watch`", "`run`、`jobs watch`", || {
            let server = Server::start(Emulator::builder());
            vec![server.run(&["run", FAILING]), server.run(&["jobs", "watch", "105"])]
        })],
    ),
    (
        7,
        "作业被中断",
        &[case("`run`, `jobs watch`", "`run`、`jobs watch`", || {
            let server = Stub::signed_in(|request| match request.method.as_str() {
                "POST" => Response::success(json!({"id": 105})),
                _ => Response::success(job(105, 4)),
            });
            vec![server.run(&["run", "1"]), server.run(&["jobs", "watch", "105"])]
        })],
    ),
    (
        8,
        "等待超时；作业继续运行",
        &[case("`--timeout`", "`--timeout`", || {
            let server = Server::start(Emulator::builder());
            vec![server.run(&["run", SLOW, "--timeout", "0"])]
        })],
    ),
    (
        9,
        "不知道作业是否已创建",
        &[case(
            "the response to a submission was lost (see [retries and unknown outcomes](reliability.md))",
            "提交的响应丢失（见[重试与未知结果](reliability.md)）",
            || {
                let lost = FaultRule::new(Fault::DropAfter).operation(operation("run_workflow").id);
                vec![Server::start(Emulator::builder().fault(lost)).run(&["run", BFS])]
            },
        )],
    ),
];

fn with_closed_output() -> Ended {
    let mut running = bare(&["contract"]).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
    drop(running.stdout.take());
    Ended::from(running.wait_with_output().unwrap())
}

fn jobs() -> Response {
    Response::success(json!({"items": [], "total": 0}))
}

/// `jobs list` against a server that accepts the sign-in and then responds like this.
fn listing(respond: fn() -> Response) -> Ended {
    Stub::signed_in(move |_| respond()).run(&["jobs", "list"])
}

#[test]
fn every_case_has_its_code() {
    let all = CODES.iter().flat_map(|(code, _, cases)| cases.iter().map(move |case| (code, case)));
    let running: Vec<_> = all.map(|(code, case)| (code, case.en, std::thread::spawn(case.run))).collect();
    for (code, name, ended) in running {
        for ended in ended.join().unwrap() {
            assert_eq!(ended.code, *code, "{name}: {ended:?}");
        }
    }
    let tested: Vec<String> = CODES.iter().map(|(code, ..)| code.to_string()).collect();
    assert_eq!(tested, help::exit_codes().into_keys().collect::<Vec<_>>(), "add a case for each code");
}

#[test]
fn tables_in_the_guides_are_current() {
    let meanings = help::exit_codes();
    for (guide, head, last) in [
        (
            "../docs/cli.md",
            "| exit code | meaning | when |",
            "| 128 and more | ended by a signal: the second Ctrl-C is 130 | |",
        ),
        ("../docs/zh-CN/cli.md", "| 退出码 | 含义 | 情形 |", "| 128 及以上 | 被信号结束：第二次 Ctrl-C 是 130 | |"),
    ] {
        let is_chinese = guide.contains("zh-CN");
        let mut table = format!("{head}\n|---|---|---|\n");
        for (code, zh, cases) in CODES {
            let meaning = if is_chinese { *zh } else { &meanings[&code.to_string()] };
            let cases: Vec<&str> = cases.iter().map(|case| if is_chinese { case.zh } else { case.en }).collect();
            table += &format!("| {code} | {meaning} | {} |\n", cases.join(if is_chinese { "；" } else { "; " }));
        }
        table += &format!("{last}\n");
        let path = Path::new(env!("CARGO_MANIFEST_DIR")).join(guide);
        let text = std::fs::read_to_string(&path).unwrap();
        let start = text.find(head.split(" | ").next().unwrap()).unwrap();
        let end = start + text[start..].find("\n\n").unwrap() + 1;
        if std::env::var_os("REGENERATE").is_some() {
            std::fs::write(&path, [&text[..start], &table, &text[end..]].concat()).unwrap();
        } else {
            assert_eq!(
                text[start..end],
                table,
                "to update {guide}: REGENERATE=1 cargo test -p nebula-explorer-cli --test exit_codes"
            );
        }
    }
}
