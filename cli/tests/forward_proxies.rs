//! Forward proxies of the environment that refuse to connect.

#![allow(missing_docs, clippy::unwrap_used, clippy::panic)]

mod support;

use support::stub::{Request, Response, Stub};
use support::{Ended, PASSWORD, bare};

/// A page as Squid shows it, which repeats the account.
fn page(status: u16, request: &Request) -> Response {
    let account = request.headers.iter().find(|(name, _)| name == "proxy-authorization");
    let account = account.map(|(_, value)| value.clone()).unwrap_or_default();
    let body = format!("<!-- copyright --><html><head><title>Access Denied {account}</title></head></html>");
    let headers = vec![("X-Squid-Error", "ERR_ACCESS_DENIED 0".into()), ("Content-Type", "text/html".into())];
    Response { status, headers, body: body.into_bytes(), delay: std::time::Duration::ZERO }
}

fn run(proxy: &str) -> Ended {
    let mut command = bare(&["jobs", "list"]);
    for name in ["URL", "GRAPH", "USER", "PASSWORD"] {
        let value = match name {
            "URL" => "https://explorer.example:7002",
            "GRAPH" => "127.0.0.1:9669",
            "USER" => "root",
            _ => PASSWORD,
        };
        command.env(format!("NEBULA_EXPLORER_{name}"), value);
    }
    Ended::of(command.env("HTTPS_PROXY", proxy).env_remove("https_proxy").env_remove("NO_PROXY").env_remove("no_proxy"))
}

#[test]
fn refusal_is_named_with_the_proxy_and_its_variable() {
    // The account of the proxy, as its header repeats it.
    const ENCODED: &str = "c29tZWJvZHk6aHVudGVyMjJodW50ZXIyMg==";
    for (status, advice) in [(403, "does not allow"), (407, "account of its own"), (503, "may the proxy reach it")] {
        let proxy = Stub::start(move |request| page(status, request));
        let address = proxy.url();
        let ended = run(&address.replace("http://", "http://somebody:hunter22hunter22@"));
        assert_eq!(ended.code, 5, "{ended:?}");
        for part in [&address, "HTTPS_PROXY", &format!("HTTP {status}"), "Access Denied", "ERR_ACCESS_DENIED", advice] {
            assert!(ended.stderr.contains(part), "{part}: {ended:?}");
        }
        for secret in ["hunter22", &ENCODED[..8], &ENCODED[8..16], "somebody"] {
            assert!(!ended.stderr.contains(secret), "{secret}: {ended:?}");
        }
    }
}

#[test]
fn proxy_that_does_not_run_is_named() {
    let ended = run("http://127.0.0.1:1");
    assert_eq!(ended.code, 5, "{ended:?}");
    assert!(ended.stderr.contains("http://127.0.0.1:1") && ended.stderr.contains("HTTPS_PROXY"), "{ended:?}");
    assert!(ended.stderr.contains("Is the proxy running"), "{ended:?}");
}
