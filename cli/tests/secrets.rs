//! No output contains any part of a secret, whatever a gateway repeats.

#![allow(missing_docs, clippy::unwrap_used, clippy::panic)]

mod support;

use std::sync::{Arc, Mutex};

use support::Ended;
use support::stub::{Request, Response, Stub};

const PASSWORD: &str = "pa55&<w0rd>\"Secret";
const TOKEN: &str = "eyJhbGciOiJIUzI1NiJ9.c2VjcmV0LXRva2Vu.c2lnbmF0dXJl";
const STICKY: &str = "sticky-cookie-0123456789";
const HEADER: &str = "gateway-credential-0123456789";

/// The request as a gateway may show it.
fn echo(request: &Request) -> String {
    let headers = request.headers.iter().map(|(name, value)| format!("{name}: {value}\n"));
    format!("{} {}\n{}", request.method, request.path, headers.collect::<String>())
}

/// A gateway that responds with what it received, to the sign-in too unless `signs_in`, and the headers that it received.
fn gateway(signs_in: bool, respond: fn(String) -> Response) -> (Stub, Arc<Mutex<String>>) {
    let received = Arc::new(Mutex::new(String::new()));
    let log = Arc::clone(&received);
    let stub = Stub::start(move |request| {
        log.lock().unwrap().push_str(&echo(request));
        if signs_in && request.is_sign_in() {
            return Response::sign_in(TOKEN).header("Set-Cookie", format!("SRV={STICKY}; path=/"));
        }
        respond(echo(request))
    });
    (stub, received)
}

#[test]
fn no_output_contains_a_part_of_a_secret() {
    let responses: [fn(String) -> Response; 6] = [
        |echo| Response::new(502, "text/plain", echo),
        |echo| Response::new(400, "text/html", format!("<html><title>{echo}</title><pre>{echo}</pre></html>")),
        |echo| Response::error(400, 40_004_000, &format!("ErrBadRequest::{echo}")),
        |echo| Response::error(503, 503, &echo),
        |echo| Response::html(302).header("Location", format!("/login?{}", echo.replace(['\n', ' '], "+"))),
        // The cut of a long text goes through a secret.
        |echo| Response::new(502, "text/plain", format!("{}{echo}", "x".repeat(120))),
    ];
    for signs_in in [false, true] {
        for respond in responses {
            for arguments in [&["jobs", "list"][..], &["jobs", "list", "-vvv"], &["run", "1", "-v"], &["status", "-v"]]
            {
                let (stub, received) = gateway(signs_in, respond);
                let mut command = stub.command(arguments);
                command.env("NEBULA_EXPLORER_PASSWORD", PASSWORD);
                command
                    .env("NEBULA_EXPLORER_HEADER", format!("X-Gateway: Bearer {HEADER}\nCookie: oauth_token={HEADER}"));
                let ended = Ended::of(&mut command);
                assert_ne!(ended.code, 0, "{ended:?}");
                let received = received.lock().unwrap();
                let bearer = received.lines().find_map(|line| line.strip_prefix("authorization: Bearer ")).unwrap();
                let output = ended.stdout.clone() + &ended.stderr;
                for secret in [PASSWORD, TOKEN, STICKY, HEADER, bearer] {
                    let parts = (0..=secret.len() - 8).map(|start| &secret[start..start + 8]);
                    let shown: Vec<&str> = parts.filter(|part| output.contains(part)).collect();
                    assert!(shown.is_empty(), "{arguments:?}: {shown:?} of {secret} in {output}");
                }
            }
        }
    }
}
