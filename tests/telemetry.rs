//! Telemetry of calls: spans, events, the trace sent to the server and the trace id it returns.

#![allow(missing_docs, clippy::unwrap_used, clippy::panic)]

mod support;

use std::collections::BTreeMap;
use std::fmt::Debug;
use std::sync::atomic::{AtomicUsize, Ordering::SeqCst};
use std::sync::{Arc, Mutex};

use nebula_explorer::{Error, Explorer, RetryPolicy};
use serde_json::{Value, json};
use support::{MockResponse, PASSWORD, Server, TOKEN};
use tracing::field::{Field, Visit};
use tracing::span::{Attributes, Id, Record};
use tracing::subscriber::DefaultGuard;
use tracing::{Event, Subscriber};
use tracing_subscriber::layer::{Context, Layer, SubscriberExt as _};
use tracing_subscriber::registry::LookupSpan;

type Fields = BTreeMap<String, String>;

/// The spans and events of the SDK, in the order in which they started.
#[derive(Clone, Default)]
struct Recorder(Arc<Mutex<Vec<(u64, Fields)>>>);

impl Recorder {
    fn install() -> (Self, DefaultGuard) {
        let recorded = Self::default();
        let guard = tracing::subscriber::set_default(tracing_subscriber::registry().with(recorded.clone()));
        (recorded, guard)
    }

    fn spans(&self) -> Vec<Fields> {
        self.0.lock().unwrap().iter().filter(|(id, _)| *id != 0).map(|(_, fields)| fields.clone()).collect()
    }

    fn events(&self) -> Vec<Fields> {
        self.0.lock().unwrap().iter().filter(|(id, _)| *id == 0).map(|(_, fields)| fields.clone()).collect()
    }

    /// The sum of a counter.
    fn counted(&self, counter: &str) -> u64 {
        let name = format!("monotonic_counter.nebula_explorer.{counter}");
        self.events().iter().filter_map(|fields| fields.get(&name)?.parse::<u64>().ok()).sum()
    }
}

struct FieldReader<'a>(&'a mut Fields);

impl Visit for FieldReader<'_> {
    fn record_debug(&mut self, field: &Field, value: &dyn Debug) {
        self.0.insert(field.name().into(), format!("{value:?}").trim_matches('"').into());
    }
}

impl<S: Subscriber + for<'a> LookupSpan<'a>> Layer<S> for Recorder {
    fn on_new_span(&self, attributes: &Attributes<'_>, id: &Id, _: Context<'_, S>) {
        if attributes.metadata().target().starts_with("nebula_explorer") {
            let mut fields = Fields::new();
            attributes.record(&mut FieldReader(&mut fields));
            self.0.lock().unwrap().push((id.into_u64(), fields));
        }
    }

    fn on_record(&self, id: &Id, values: &Record<'_>, _: Context<'_, S>) {
        let mut recorded = self.0.lock().unwrap();
        if let Some((_, fields)) = recorded.iter_mut().rev().find(|(span, _)| *span == id.into_u64()) {
            values.record(&mut FieldReader(fields));
        }
    }

    fn on_event(&self, event: &Event<'_>, _: Context<'_, S>) {
        if event.metadata().target().starts_with("nebula_explorer") {
            let mut fields = Fields::new();
            event.record(&mut FieldReader(&mut fields));
            self.0.lock().unwrap().push((0, fields));
        }
    }
}

fn job(status: i64) -> Value {
    json!({ "id": 107, "name": "j", "workflowId": "7", "workflowName": "w", "status": status, "tasks": [] })
}

#[tokio::test(start_paused = true)]
async fn each_request_is_a_span_with_opentelemetry_names() {
    let calls = AtomicUsize::new(0);
    let server = Server::signed_in(move |_| match calls.fetch_add(1, SeqCst) {
        0 => MockResponse::new(503, "text/html", ""),
        _ => MockResponse::data(job(2)),
    })
    .await;
    let (recorded, _guard) = Recorder::install();
    server.explorer().job(107).get().await.unwrap();

    let spans = recorded.spans();
    let names: Vec<&str> = spans.iter().map(|span| span["otel.name"].as_str()).collect();
    assert_eq!(names, ["connect", "get_job", "get_job"]);
    let url = reqwest::Url::parse(&server.url).unwrap();
    let expected = [
        ("otel.kind", "client".to_string()),
        ("http.request.method", "GET".into()),
        ("url.full", format!("{}/api-open/v1/jobs/107", server.url)),
        ("url.template", "/api-open/v1/jobs/{job_id}".into()),
        ("server.address", "127.0.0.1".into()),
        ("server.port", url.port().unwrap().to_string()),
    ];
    for span in &spans[1..] {
        for (name, value) in &expected {
            assert_eq!(span.get(*name), Some(value), "{name}");
        }
    }
    let field = |span: usize, name: &str| spans[span].get(name).map(String::as_str);
    assert_eq!(
        (field(1, "http.response.status_code"), field(1, "error.type")),
        (Some("503"), Some("unexpected_response"))
    );
    assert_eq!((field(2, "http.response.status_code"), field(2, "error.type")), (Some("200"), None));
    assert_eq!((field(1, "http.request.resend_count"), field(2, "http.request.resend_count")), (None, Some("1")));
}

#[tokio::test(start_paused = true)]
async fn calls_retries_sign_ins_and_polls_are_counted() {
    let calls = AtomicUsize::new(0);
    let server = Server::signed_in(move |_| match calls.fetch_add(1, SeqCst) {
        1 | 2 | 6..=9 => MockResponse::new(502, "text/html", ""),
        11 => MockResponse::data(job(2)),
        _ => MockResponse::data(job(1)),
    })
    .await;
    let (recorded, _guard) = Recorder::install();
    server.explorer().job(107).wait().await.unwrap();
    let counters = ["calls", "retries", "sign_ins", "poll_rounds", "poll_failures"];
    assert_eq!(counters.map(|counter| recorded.counted(counter)), [13, 5, 1, 7, 1]);
}

#[tokio::test(start_paused = true)]
async fn secrets_are_never_recorded() {
    let echo = |request: &support::ReceivedRequest| {
        let echoed = format!("{:?} {}", request.headers, request.body);
        MockResponse::json(400, json!({ "code": 40004001, "message": format!("ErrParam::{echoed}") }))
    };
    let server = Server::signed_in(echo).await;
    let (recorded, _guard) = Recorder::install();
    server.explorer().jobs().await.unwrap_err();
    let account = format!(r#"["root","{PASSWORD}"]"#);
    let server = Server::start(echo).await;
    server.explorer().jobs().await.unwrap_err();
    let all = format!("{:?} {:?}", recorded.spans(), recorded.events());
    assert!(all.contains("sign-in failed"), "{all}");
    use base64::Engine as _;
    let encoded = base64::engine::general_purpose::STANDARD.encode(account);
    for secret in [TOKEN, PASSWORD, encoded.as_str()] {
        assert!(!all.contains(secret), "{all}");
    }
}

const TRACE: &str = "1c3f55cdbf81e13a2331ed88155ce0bf";

#[tokio::test(start_paused = true)]
async fn every_error_of_a_response_has_the_trace_id_of_the_server() {
    let traced = |response: MockResponse| response.header("Traceparent", &format!("00-{TRACE}-2b97474943563f20-00"));
    let rows = json!({ "code": 0, "data": { "items": [["a"]] }, "message": "Success" });
    let cases = [
        ("Api", MockResponse::json(404, json!({ "code": 40404000, "message": "ErrNotFound" }))),
        ("UnexpectedResponse", MockResponse::new(502, "text/html", "<html>")),
        ("InvalidResponse", MockResponse::data(json!({ "id": "?" }))),
        ("Redirected", MockResponse::new(302, "", "").header("Location", "/login")),
        ("ResponseTooLarge", MockResponse::new(200, "application/json", vec![b' '; 5000])),
        ("Row", MockResponse::json(200, rows)),
    ];
    for (variant, response) in cases {
        let is_row = variant == "Row";
        let server = Server::signed_in(move |_| traced(response.clone())).await;
        let explorer = Explorer::builder(&server.url)
            .credentials(nebula_explorer::Credentials::token("token"))
            .max_response_bytes(1000)
            .retry(RetryPolicy::none())
            .build()
            .unwrap();
        let error = match is_row {
            false => explorer.job(107).get().await.unwrap_err(),
            true => explorer.job(107).task("t").rows::<(f64,)>().await.unwrap_err(),
        };
        assert!(format!("{error:?}").starts_with(variant), "{error:?}");
        assert_eq!(error.trace_id(), Some(TRACE), "{error:?}");
    }
    let server = Server::start(move |_| {
        traced(MockResponse::json(400, json!({ "code": 40004002, "message": "ErrBadRequest::Invalid password" })))
    })
    .await;
    let error = server.explorer().sign_in().await.unwrap_err();
    assert!(matches!(error, Error::SignInFailed(_)) && error.trace_id() == Some(TRACE));
    let server = Server::signed_in(move |_| traced(MockResponse::new(500, "", ""))).await;
    let error = server.explorer().workflow(7).run().await.unwrap_err();
    assert!(matches!(error, Error::OutcomeUnknown(_)) && error.trace_id() == Some(TRACE));
}

#[cfg(feature = "opentelemetry")]
#[tokio::test(start_paused = true)]
async fn current_trace_is_sent_with_each_request() {
    use opentelemetry::trace::TracerProvider as _;
    use opentelemetry_sdk::trace::SdkTracerProvider;
    use tracing::Instrument as _;

    let provider = SdkTracerProvider::builder().build();
    let layer = tracing_opentelemetry::layer().with_tracer(provider.tracer("test"));
    let guard = tracing::subscriber::set_default(tracing_subscriber::registry().with(layer));
    let server = Server::signed_in(|_| MockResponse::data(job(2))).await;
    let explorer = server.explorer();
    async {
        explorer.job(107).get().await.unwrap();
        explorer.job(107).get().await.unwrap();
    }
    .instrument(tracing::info_span!("span of the caller"))
    .await;
    drop(guard);
    // Without a subscriber there is no trace to propagate.
    explorer.job(107).get().await.unwrap();

    let requests = server.requests();
    let sent: Vec<Vec<&str>> =
        requests.iter().map(|request| request.header("traceparent").unwrap_or_default().split('-').collect()).collect();
    let [sign_in, first, second, last] = &sent[..] else { panic!("{sent:?}") };
    for parts in [sign_in, first, second] {
        assert_eq!((parts.len(), parts[0], parts[1].len(), parts[2].len()), (4, "00", 32, 16), "{sent:?}");
        assert_eq!(parts[1], first[1], "one trace");
    }
    assert_ne!(first[2], second[2], "each request has its own span");
    assert_eq!(last, &[""]);
}
