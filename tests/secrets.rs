//! No text of the SDK contains a part of a secret, whatever a gateway repeats of a request.

#![allow(missing_docs, clippy::unwrap_used, clippy::expect_used, clippy::panic)]

use std::fmt::{Debug, Write as _};
use std::sync::{Arc, Mutex};

use axum::Router;
use axum::body::{Body, to_bytes};
use axum::http::{Request, Response};
use base64::Engine as _;
use base64::engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD};
use nebula_explorer::{Credentials, Error, Explorer, RetryPolicy};
use proptest::prelude::*;
use proptest::test_runner::TestCaseError;
use serde_json::{Value, json};
use tracing::field::{Field, Visit};
use tracing_subscriber::layer::{Context, Layer, SubscriberExt as _};

/// How a gateway writes what it repeats.
#[derive(Clone, Copy, Debug)]
enum Encoding {
    Plain,
    Json,
    /// As Go writes JSON: `<`, `>` and `&` are escaped too.
    GoJson,
    Html,
    HtmlNumbers,
    Percent,
    PercentTwice,
    HtmlOfJson,
    Base64,
    Base64Url,
}

const ENCODINGS: [Encoding; 10] = [
    Encoding::Plain,
    Encoding::Json,
    Encoding::GoJson,
    Encoding::Html,
    Encoding::HtmlNumbers,
    Encoding::Percent,
    Encoding::PercentTwice,
    Encoding::HtmlOfJson,
    Encoding::Base64,
    Encoding::Base64Url,
];

impl Encoding {
    fn apply(self, text: &str) -> String {
        let json = |text: &str| json!(text).to_string();
        let html = |text: &str| {
            let text = text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;");
            text.replace('"', "&quot;").replace('\'', "&#39;")
        };
        let percent = |text: &str| {
            text.bytes().fold(String::new(), |mut encoded, byte| {
                if byte.is_ascii_alphanumeric() {
                    encoded.push(byte.into());
                } else {
                    write!(encoded, "%{byte:02X}").unwrap();
                }
                encoded
            })
        };
        match self {
            Self::Plain => text.into(),
            Self::Json => json(text),
            Self::GoJson => json(text).replace('&', "\\u0026").replace('<', "\\u003c").replace('>', "\\u003e"),
            Self::Html => html(text),
            Self::HtmlNumbers => text.chars().fold(String::new(), |mut encoded, char| {
                write!(encoded, "&#x{:x};", u32::from(char)).unwrap();
                encoded
            }),
            Self::Percent => percent(text),
            Self::PercentTwice => percent(&percent(text)),
            Self::HtmlOfJson => html(&json(text)),
            Self::Base64 => STANDARD.encode(text),
            Self::Base64Url => URL_SAFE_NO_PAD.encode(text),
        }
    }
}

/// Where a response repeats the request.
#[derive(Clone, Copy, Debug)]
enum Place {
    /// An error page of a gateway.
    Page,
    Title,
    /// The message of an error envelope.
    Message,
    Details,
    Location,
    ContentType,
    /// A value of a success that does not match the contract.
    Data,
}

const PLACES: [Place; 7] =
    [Place::Page, Place::Title, Place::Message, Place::Details, Place::Location, Place::ContentType, Place::Data];

#[derive(Clone, Debug)]
struct Echo {
    encoding: Encoding,
    place: Place,
    /// What comes before it, so that any of it may be cut off.
    padding: usize,
    /// How much of the request is left out at its start.
    skipped: usize,
}

impl Echo {
    fn response(&self, request: &str) -> Response<Body> {
        let skipped = request.char_indices().nth(self.skipped).map_or(request.len(), |(at, _)| at);
        let text = "x".repeat(self.padding) + &self.encoding.apply(&request[skipped..]);
        let header_value: String = text.chars().filter(|char| (' '..='~').contains(char)).collect();
        let page = |body: String| Response::builder().status(502).header("content-type", "text/html").body(body.into());
        let json = |status: u16, body: Value| {
            let builder = Response::builder().status(status).header("content-type", "application/json");
            builder.body(body.to_string().into())
        };
        match self.place {
            Place::Page => page(text),
            Place::Title => page(format!("<html><title>{text}</title></html>")),
            Place::Message => json(400, json!({ "code": 40004000, "message": format!("ErrBadRequest::{text}") })),
            Place::Details => json(400, json!({ "code": 40004000, "message": "ErrBadRequest", "details": text })),
            Place::Location => Response::builder().status(302).header("location", header_value).body(Body::empty()),
            Place::ContentType => {
                Response::builder().status(503).header("content-type", header_value).body(Body::empty())
            }
            Place::Data => {
                json(200, json!({ "code": 0, "message": "Success", "data": { "id": text, "status": text } }))
            }
        }
        .unwrap()
    }
}

/// A server that signs everybody in, with a token that contains the password, and repeats every other request.
struct Server {
    url: String,
    echo: Arc<Mutex<(Echo, bool)>>,
    token: Arc<Mutex<String>>,
}

impl Server {
    async fn start() -> Self {
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
        let url = format!("http://{}", listener.local_addr().unwrap());
        let echo = Echo { encoding: Encoding::Plain, place: Place::Page, padding: 0, skipped: 0 };
        let (echo, token) = (Arc::new(Mutex::new((echo, false))), Arc::<Mutex<String>>::default());
        let (shared_echo, shared_token) = (Arc::clone(&echo), Arc::clone(&token));
        let app = Router::new().fallback(move |request: Request<Body>| {
            let (echo, in_sign_in) = shared_echo.lock().unwrap().clone();
            let token = shared_token.lock().unwrap().clone();
            async move {
                let (parts, body) = request.into_parts();
                if parts.uri.path().ends_with("/connect") && !in_sign_in {
                    let response = Response::builder().header("set-cookie", format!("explorer_token={token}"));
                    return response.body(Body::from(r#"{"code":0,"message":"Success"}"#)).unwrap();
                }
                let body = to_bytes(body, 1 << 20).await.unwrap();
                let mut dump = format!("{} {} HTTP/1.1\r\n", parts.method, parts.uri);
                for (name, value) in &parts.headers {
                    dump += &format!("{name}: {}\r\n", String::from_utf8_lossy(value.as_bytes()));
                }
                echo.response(&(dump + &String::from_utf8_lossy(&body)))
            }
        });
        tokio::spawn(async move { axum::serve(listener, app).await.unwrap() });
        Self { url, echo, token }
    }
}

/// Collects everything that is traced, of the SDK and of what is below it.
#[derive(Clone, Default)]
struct Traced(Arc<Mutex<String>>);

impl Visit for Traced {
    fn record_debug(&mut self, field: &Field, value: &dyn Debug) {
        writeln!(self.0.lock().unwrap(), "{field}={value:?}").unwrap();
    }
}

impl<S: tracing::Subscriber> Layer<S> for Traced {
    fn on_event(&self, event: &tracing::Event<'_>, _: Context<'_, S>) {
        event.record(&mut self.clone());
    }

    fn on_new_span(&self, attributes: &tracing::span::Attributes<'_>, _: &tracing::span::Id, _: Context<'_, S>) {
        attributes.record(&mut self.clone());
    }
}

/// All texts of an error.
fn texts(error: &Error) -> String {
    let mut texts = format!("{error}\n{error:?}\n{error:#?}\n");
    let first = std::error::Error::source(error);
    for cause in std::iter::successors(first, |error| error.source()) {
        write!(texts, "{cause}\n{cause:?}\n").unwrap();
    }
    texts
}

/// Whether a text contains so much of a secret that it tells something, as it is or as the gateway writes it.
fn leak<'a>(text: &str, secrets: &[&'a str], encoding: Encoding) -> Option<&'a str> {
    const TELLING: usize = 8;
    secrets.iter().copied().find(|secret| {
        let chars: Vec<char> = secret.chars().collect();
        let mut runs = chars.windows(TELLING).map(|run| run.iter().collect::<String>());
        runs.any(|run| {
            let encoded = encoding.apply(&run);
            text.contains(&run) || text.contains(encoded.trim_matches('"').trim_start_matches("&quot;"))
        })
    })
}

#[test]
fn no_text_contains_a_part_of_a_secret() {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    let server = runtime.block_on(Server::start());
    let echo = (0..ENCODINGS.len(), 0..PLACES.len(), prop_oneof![0..8_usize, 150..260_usize], 0..400_usize).prop_map(
        |(encoding, place, padding, skipped)| Echo {
            encoding: ENCODINGS[encoding],
            place: PLACES[place],
            padding,
            skipped,
        },
    );
    let password = prop_oneof![
        Just("p&ss<word>".to_string()),
        Just("a \"quoted\" 100%41 + \\n password".to_string()),
        Just("密码很长很长很长很长".to_string()),
        "[ -~]{8,40}",
    ];
    proptest!(ProptestConfig { cases: 1500, failure_persistence: None, ..ProptestConfig::default() }, |(echo in echo, password in password, in_sign_in in any::<bool>())| {
        let payload = json!({ "user": "root", "password": password }).to_string();
        let token = format!("eyJhbGciOiJIUzI1NiJ9.{}.c2lnbmF0dXJl", URL_SAFE_NO_PAD.encode(payload));
        let bearer = STANDARD.encode(json!(["root", password]).to_string());
        let sso = "sso-header-value-0123456789";
        *server.token.lock().unwrap() = token.clone();
        let encoding = echo.encoding;
        *server.echo.lock().unwrap() = (echo, in_sign_in);
        let explorer = Explorer::builder(&server.url)
            .graph("127.0.0.1", 9669)
            .credentials(Credentials::account("root", password.as_str()))
            .header("X-Gateway-Session", sso)
            .retry(RetryPolicy::builder().max_attempts(2).initial_delay(std::time::Duration::from_nanos(1)).build().unwrap())
            .build()
            .unwrap();
        let traced = Traced::default();
        let subscriber = tracing_subscriber::registry().with(traced.clone());
        let error = tracing::subscriber::with_default(subscriber, || {
            runtime.block_on(async { explorer.job(105).get().await.unwrap_err() })
        });
        let everything = format!("{}{}{explorer:?}", texts(&error), traced.0.lock().unwrap());
        let leaked = leak(&everything, &[&password, &token, &bearer, sso], encoding);
        prop_assert!(leaked.is_none(), "{leaked:?} in {everything}");
    });
}

#[test]
fn a_password_that_looks_like_a_part_of_the_body_changes_nothing() -> Result<(), TestCaseError> {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    for password in ["000", "400", "code", "message", "\"", "{", "Err"] {
        let error = runtime.block_on(async {
            let server = Server::start().await;
            *server.token.lock().unwrap() = "token".into();
            let echo = Echo { encoding: Encoding::Plain, place: Place::Message, padding: 0, skipped: usize::MAX };
            *server.echo.lock().unwrap() = (echo, false);
            let account = Credentials::account("root", password);
            let explorer = Explorer::builder(&server.url).graph("g", 9669).credentials(account).build().unwrap();
            explorer.workflow(7).run().await.unwrap_err()
        });
        let Error::Api(error) = error else { return Err(TestCaseError::fail(format!("{password}: {error:?}"))) };
        assert_eq!((error.code.number(), error.http_status), (40004000, 400), "{password}");
    }
    Ok(())
}
