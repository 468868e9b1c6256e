//! How a request of the generated client travels: it gets its cookie, goes out, and what comes back is an envelope or an
//! error. This is the only place that touches the network.

use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use bytes::Bytes;
use futures_util::future::BoxFuture;
use http::header::{ACCEPT, AUTHORIZATION, COOKIE, DATE, LOCATION};
use http::{Extensions, HeaderMap, HeaderName, HeaderValue, StatusCode};
use jiff::Timestamp;
use progenitor_client::{ClientHooks, OperationInfo};
use reqwest::{ResponseBuilderExt as _, Url};
use secrecy::{ExposeSecret as _, SecretString};
use tokio::time::{Instant, sleep};
use tracing::Instrument as _;

use crate::answer::{self, Answer, Asked, TRACEPARENT};
use crate::call;
use crate::credentials::Credentials;
use crate::error::{Error, InvalidAnswer};
use crate::generated::{Client, SESSION_COOKIE, types};
use crate::operations::{Operation, Security};
use crate::retry::RetryPolicy;
use crate::session::{Session, SignIn, Token, redact};
use crate::submit::Submissions;
use crate::trace;

/// What all calls of one [`Explorer`](crate::Explorer) share.
pub(crate) struct Connection {
    pub address: Url,
    pub http: reqwest::Client,
    pub credentials: Credentials,
    pub graph: Option<types::ConnectRequest>,
    pub request_timeout: Duration,
    /// A client that is not ours knows neither the time limit nor what is accepted.
    pub http_is_the_callers: bool,
    pub max_response_bytes: usize,
    pub session: Session,
    pub submissions: Arc<Submissions>,
    pub server_clock: Mutex<Option<ServerTime>>,
}

/// What bodies are, in both directions.
pub(crate) static JSON: HeaderValue = HeaderValue::from_static("application/json");

/// A time on the server's clock, from the header `Date`, with when it was asked for and when it came.
#[derive(Clone)]
pub(crate) struct ServerTime {
    /// Read only when it is asked for, which is seldom.
    date: HeaderValue,
    asked: Instant,
    at: Instant,
}

impl ServerTime {
    fn read(headers: &HeaderMap, asked: Instant) -> Option<Self> {
        Some(Self { date: headers.get(DATE)?.clone(), asked, at: Instant::now() })
    }

    /// How far behind the server's clock [`now`](Self::now) is at most.
    fn lag(&self) -> Duration {
        Duration::from_secs(1) + (self.at - self.asked)
    }

    /// A time on the server's clock that is not after now: the header counts whole seconds, and has been on its way.
    fn now(&self) -> Option<Timestamp> {
        let date = jiff::fmt::rfc2822::parse(self.date.to_str().ok()?).ok()?.timestamp();
        date.checked_add(self.at.elapsed()).ok()
    }
}

/// What the generated client carries along: the shared connection, and what this one client has seen.
#[derive(Clone)]
pub struct Context {
    connection: Arc<Connection>,
    retry: RetryPolicy,
    seen: Arc<Mutex<Seen>>,
}

/// The last call of a client. The generated client forgets the headers of an answer that it cannot decode.
#[derive(Clone, Default)]
pub(crate) struct Seen {
    pub operation: Option<&'static Operation>,
    traceparent: Option<HeaderValue>,
}

impl Seen {
    pub fn trace_id(&self) -> Option<String> {
        answer::trace_id_in(self.traceparent.as_ref()?)
    }

    pub fn operation_id(&self) -> &'static str {
        self.operation.map_or("call", |operation| operation.id)
    }
}

impl Context {
    pub(crate) fn client(connection: &Arc<Connection>, retry: RetryPolicy) -> Client {
        let context = Self { connection: Arc::clone(connection), retry, seen: Arc::default() };
        Client::new_with_client(connection.url(), connection.http.clone(), context)
    }

    /// What all paths of the server begin with.
    pub(crate) fn base_path(&self) -> &str {
        self.connection.address.path().trim_end_matches('/')
    }

    /// The server's address with this path.
    pub(crate) fn address(&self, path: &str) -> Url {
        let mut address = self.connection.address.clone();
        address.set_path(path);
        address
    }

    pub(crate) fn seen(&self) -> Seen {
        self.seen.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    pub(crate) fn redact(&self, text: String) -> String {
        redact(&text, self.connection.secrets()).unwrap_or(text)
    }

    pub(crate) fn transport_error(&self, operation: &'static str, error: reqwest::Error) -> Error {
        Error::from_transport(error, operation, self.connection.url(), self.connection.request_timeout)
    }

    /// The session's token; signs in if there is none that is good.
    pub(crate) async fn token(&self) -> Result<Token, Error> {
        let connection = &self.connection;
        self.outcome(&connection.session.sign_in(connection.session.ticket())).await
    }

    /// Sends a request with what its operation must bear.
    pub(crate) async fn call(
        &self,
        operation: &'static Operation,
        request: &reqwest::Request,
    ) -> Result<Answer, Error> {
        let outcome = match operation.security {
            Security::Account => self.call_with_account(operation, request).await,
            Security::Session => self.call_with_token(operation, request).await,
        };
        // What is going to be shown must not repeat what the request has told.
        match outcome {
            Ok(mut answer) => {
                if answer.error.is_some()
                    && let Some(body) = redact(&String::from_utf8_lossy(&answer.body), self.connection.secrets())
                {
                    answer.body = body.into();
                }
                let seen = Seen { operation: Some(operation), traceparent: answer.headers.get(TRACEPARENT).cloned() };
                *self.seen.lock().unwrap_or_else(PoisonError::into_inner) = seen;
                Ok(answer)
            }
            Err(error) => Err(error.map_texts(|text| self.redact(text))),
        }
    }

    async fn call_with_account(
        &self,
        operation: &'static Operation,
        request: &reqwest::Request,
    ) -> Result<Answer, Error> {
        let bearer = self.connection.credentials.bearer().ok_or_else(|| {
            Error::Usage(format!("{}: signing in takes an account, but there is only a token", operation.id))
        })?;
        let mut account =
            HeaderValue::from_str(&format!("Bearer {}", bearer.expose_secret())).map_err(|_| unsendable(operation))?;
        account.set_sensitive(true);
        self.exchange(operation, request, (AUTHORIZATION, account)).await
    }

    /// When the server refuses the session, signs in once more and repeats the call once.
    async fn call_with_token(
        &self,
        operation: &'static Operation,
        request: &reqwest::Request,
    ) -> Result<Answer, Error> {
        let session = &self.connection.session;
        let ticket = session.ticket();
        let sign_in = session.sign_in(ticket);
        let answer = self.exchange_with_token(operation, request, &sign_in).await?;
        if answer.refuses_session() && self.connection.credentials.has_account() {
            let sign_in = session.sign_in_again(&sign_in, ticket);
            return self.exchange_with_token(operation, request, &sign_in).await;
        }
        Ok(answer)
    }

    async fn exchange_with_token(
        &self,
        operation: &'static Operation,
        request: &reqwest::Request,
        sign_in: &SignIn,
    ) -> Result<Answer, Error> {
        let cookie = self.outcome(sign_in).await?.cookie().ok_or_else(|| unsendable(operation))?;
        self.exchange(operation, request, (COOKIE, cookie)).await
    }

    async fn outcome(&self, sign_in: &SignIn) -> Result<Token, Error> {
        let run = || async {
            let outcome = self.sign_in().await;
            trace::signed_in(outcome.as_ref().err());
            outcome
        };
        self.connection.session.outcome(sign_in, run).await
    }

    /// Boxed, because signing in is itself a call of the generated client.
    fn sign_in(&self) -> BoxFuture<'_, Result<Token, Error>> {
        Box::pin(async {
            let graph = self.connection.graph.clone().ok_or_else(|| {
                Error::Usage("signing in takes the address of a graph service: give it to Explorer::builder".into())
            })?;
            let client = Self::client(&self.connection, self.retry);
            let answer = call::finish(&client, client.connect().body(graph).send().await)?;
            let headers = answer.headers().clone();
            let done = answer.into_inner().data.is_none_or(|data| data.success);
            Token::from_answer(&headers).filter(|_| done).ok_or_else(|| {
                Error::InvalidAnswer(Box::new(InvalidAnswer {
                    operation: "connect",
                    place: if done { "Set-Cookie".into() } else { "data.success".into() },
                    problem: if done {
                        format!("the sign-in succeeded without the cookie {SESSION_COOKIE}")
                    } else {
                        "the server says neither that the sign-in succeeded nor why not".into()
                    },
                    trace_id: answer::trace_id(&headers),
                }))
            })
        })
    }

    /// Sends a request with the header that says who asks, and sends it again as the policy has it.
    async fn exchange(
        &self,
        operation: &'static Operation,
        request: &reqwest::Request,
        identity: (HeaderName, HeaderValue),
    ) -> Result<Answer, Error> {
        let mut retries = self.retry.begin();
        let mut resends = 0;
        loop {
            let span = trace::request_span(operation, request, resends);
            let outcome = async {
                let outcome = self.exchange_once(operation, request, &identity).await;
                trace::done(operation, outcome.as_ref().err());
                outcome
            };
            let error = match outcome.instrument(span).await {
                Ok(answer) => return Ok(answer),
                Err(error) => error,
            };
            let Some(pause) = retries.pause(operation, &error) else { return Err(error) };
            trace::retrying(operation, pause, &error);
            sleep(pause).await;
            resends += 1;
        }
    }

    /// One request, one answer.
    async fn exchange_once(
        &self,
        operation: &'static Operation,
        request: &reqwest::Request,
        (name, value): &(HeaderName, HeaderValue),
    ) -> Result<Answer, Error> {
        let url = request.url();
        let Some(mut request) = copy(request) else {
            return Err(Error::Usage(format!("{}: a body that is a stream cannot be sent", operation.id)));
        };
        let connection = &self.connection;
        let asked = Asked { operation: operation.id, url: connection.url(), limit: connection.request_timeout };
        if connection.http_is_the_callers {
            request.timeout_mut().replace(connection.request_timeout);
            request.headers_mut().insert(ACCEPT, JSON.clone());
        }
        request.headers_mut().insert(name, value.clone());
        trace::propagate(&mut request);
        let asked_at = Instant::now();
        let sent = connection.http.execute(request).await;
        let mut response = sent.map_err(|error| self.transport_error(operation.id, error))?;
        trace::answered(response.status());
        if let Some(time) = ServerTime::read(response.headers(), asked_at) {
            connection.server_clock.lock().unwrap_or_else(PoisonError::into_inner).replace(time);
        }
        // A client of the caller's own may follow redirects; what it brings back is not an answer of the configured server.
        if response.status().is_redirection() || response.url() != url {
            return Err(redirected(asked, &response, url).traced(answer::trace_id(response.headers())));
        }
        let body = answer::read_body(asked, &mut response, connection.max_response_bytes).await;
        let body = body.map_err(|error| error.traced(answer::trace_id(response.headers())))?;
        let headers = std::mem::take(response.headers_mut());
        let extensions = std::mem::take(response.extensions_mut());
        Answer::read(asked, response.status(), headers, extensions, body)
    }
}

impl Connection {
    /// The address without a slash at its end.
    pub(crate) fn url(&self) -> &str {
        self.address.as_str().trim_end_matches('/')
    }

    /// A time on the server's clock that is not after now; `None` as long as the server has not answered.
    pub(crate) fn server_time(&self) -> Option<Timestamp> {
        self.server_clock.lock().unwrap_or_else(PoisonError::into_inner).as_ref()?.now()
    }

    /// How far behind the server's clock [`server_time`](Self::server_time) is at most.
    pub(crate) fn server_time_lag(&self) -> Duration {
        let clock = self.server_clock.lock().unwrap_or_else(PoisonError::into_inner);
        clock.as_ref().map_or(Duration::ZERO, ServerTime::lag)
    }

    /// Every text that must not be seen.
    fn secrets(&self) -> impl Iterator<Item = SecretString> {
        self.session.token().map(|token| token.secret().clone()).into_iter().chain(self.credentials.secrets())
    }
}

impl ClientHooks<Context> for Client {
    /// The generated client has no place for an error of ours, so one travels in the response, under a status that no server
    /// answers with; `call::finish` takes it out again.
    async fn exec(&self, request: reqwest::Request, info: &OperationInfo) -> reqwest::Result<reqwest::Response> {
        let outcome = match Operation::find(info.operation_id) {
            Some(operation) => self.inner.call(operation, &request).await,
            None => Err(Error::Usage(format!("the contract has no operation {}", info.operation_id))),
        };
        let (status, headers, extensions, body) = match outcome {
            Ok(answer) => (answer.status, answer.headers, answer.extensions, answer.body),
            Err(error) => {
                let mut extensions = Extensions::new();
                extensions.insert(error);
                (CARRIES_ERROR, HeaderMap::new(), extensions, Bytes::new())
            }
        };
        let mut response = http::Response::builder();
        if let Some(place) = response.extensions_mut() {
            *place = extensions;
        }
        // Without its address, reqwest would parse one that stands for none.
        let mut response = response.url(request.url().clone()).body(reqwest::Body::from(body)).unwrap_or_default();
        *response.status_mut() = status;
        *response.headers_mut() = headers;
        Ok(response.into())
    }
}

/// Another request like this one; `None` if its body is a stream. Most have none, and then reqwest's own way costs more: it also
/// makes room for what a request may carry beside.
fn copy(request: &reqwest::Request) -> Option<reqwest::Request> {
    if request.body().is_some() {
        return request.try_clone();
    }
    let mut copy = reqwest::Request::new(request.method().clone(), request.url().clone());
    copy.headers_mut().clone_from(request.headers());
    Some(copy)
}

/// An informational status is never the last word of a server.
pub(crate) const CARRIES_ERROR: StatusCode = StatusCode::PROCESSING;

fn unsendable(operation: &Operation) -> Error {
    Error::Usage(format!("{}: the token has characters that no header can hold", operation.id))
}

fn redirected(asked: Asked<'_>, response: &reqwest::Response, url: &Url) -> Error {
    let followed = (response.url() != url).then(|| response.url().to_string());
    let named = || Some(String::from_utf8_lossy(response.headers().get(LOCATION)?.as_bytes()).into_owned());
    Error::Redirected {
        operation: asked.operation,
        url: asked.url.into(),
        status: response.status().as_u16(),
        to: followed.or_else(named),
        trace_id: None,
    }
}

impl std::fmt::Debug for Context {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        self.connection.fmt(f)
    }
}

impl std::fmt::Debug for Connection {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Connection").field("url", &self.url()).finish_non_exhaustive()
    }
}
