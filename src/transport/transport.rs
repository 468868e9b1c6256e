//! Sends requests and receives responses, and retries as the policy says.

use std::sync::Arc;
use std::time::Duration;

use futures_util::future::BoxFuture;
use http::header::{ACCEPT, LOCATION};
use http::{HeaderMap, HeaderName, HeaderValue};
use reqwest::Url;
use secrecy::SecretString;
use tokio::time::{sleep, timeout};
use tracing::Instrument as _;

use crate::contract::operations::Operation;
use crate::error::{CallContext, ConnectFailure, Error, ProxyInUse};
use crate::transport::clock::ServerClock;
use crate::transport::envelope::{self, Envelope, RequestInfo};
use crate::transport::http::HttpClients;
use crate::transport::redact::Redactor;
use crate::transport::retry::RetryPolicy;
use crate::transport::{telemetry, tunnel};

/// The connection to one server.
pub(crate) struct Transport {
    pub address: Url,
    pub http: HttpClients,
    /// The proxy of the environment that requests go through.
    pub proxy: Option<ProxyInUse>,
    /// How long the server may be silent.
    pub request_timeout: Duration,
    pub max_response_bytes: usize,
    /// Headers that the caller adds to every request.
    pub headers: HeaderMap,
    pub clock: ServerClock,
}

/// What a request is authenticated with.
pub(crate) struct Authentication<'a> {
    pub name: HeaderName,
    pub value: HeaderValue,
    /// Removes it, and all other secrets of the request, from texts of the response.
    pub redactor: &'a (dyn Fn() -> Redactor + Sync),
}

/// What to do immediately before a request that must not be sent twice. Its error prevents the request from being sent.
pub(crate) type BeforeSend = Arc<dyn Fn() -> BoxFuture<'static, Result<(), Error>> + Send + Sync>;

/// The media type of bodies, in both directions.
pub(crate) static JSON: HeaderValue = HeaderValue::from_static("application/json");

impl Transport {
    /// Sends an authenticated request, and retries as the policy says. The envelope is a success.
    pub(crate) async fn exchange(
        &self,
        retry: &RetryPolicy,
        operation: &'static Operation,
        request: &reqwest::Request,
        authentication: Authentication<'_>,
        before_send: Option<&BeforeSend>,
    ) -> Result<Envelope, Error> {
        let mut retries = retry.start();
        let mut attempts = 0;
        loop {
            let span = telemetry::request_span(operation, request, attempts);
            attempts += 1;
            let outcome = async {
                let outcome = self.exchange_once(operation, request, &authentication, before_send).await;
                telemetry::finished(operation, outcome.as_ref().err());
                outcome
            };
            let error = match outcome.instrument(span).await {
                Ok(envelope) => return Ok(envelope),
                Err(error) => error.after_attempts(attempts),
            };
            let Some(delay) = retries.next_delay(operation, &error) else { return Err(error) };
            telemetry::retrying(operation, delay, &error);
            sleep(delay).await;
        }
    }

    /// One request, one response.
    async fn exchange_once(
        &self,
        operation: &'static Operation,
        request: &reqwest::Request,
        authentication: &Authentication<'_>,
        before_send: Option<&BeforeSend>,
    ) -> Result<Envelope, Error> {
        let url = request.url();
        let Some(mut request) = copy(request) else {
            return Err(Error::InvalidInput(format!("{}: a streaming body cannot be sent", operation.id)));
        };
        let info = RequestInfo { operation, url: self.url(), timeout: self.request_timeout };
        let headers = request.headers_mut();
        headers.insert(ACCEPT, JSON.clone());
        for (name, value) in &self.headers {
            headers.append(name, value.clone());
        }
        // Other cookies, such as those of a gateway, are sent beside that of the session.
        headers.append(&authentication.name, authentication.value.clone());
        telemetry::propagate(&mut request);
        let http = if operation.is_repeatable() { self.http.pooled() } else { self.http.fresh()? };
        if let Some(before_send) = before_send.filter(|_| !operation.is_repeatable()) {
            before_send().await?;
        }
        let mut response = match timeout(self.request_timeout, http.execute(request)).await {
            Ok(Ok(response)) => response,
            Ok(Err(error)) => return Err(self.not_exchanged(operation, error).await),
            Err(_) => return Err(Error::timed_out(self.call_context(operation.id), self.request_timeout)),
        };
        telemetry::responded(response.status());
        self.clock.update(response.headers());
        // A custom HTTP client may follow redirects, and then returns a response that is not of the configured server.
        if response.status().is_redirection() || response.url() != url {
            return Err(redirected(info, &response, url, authentication));
        }
        let body = envelope::read_body(info, &mut response, self.max_response_bytes).await?;
        let headers = std::mem::take(response.headers_mut());
        let extensions = std::mem::take(response.extensions_mut());
        Envelope::parse(info, response.status(), headers, extensions, body, authentication.redactor)
    }

    /// The error for a request without a response.
    async fn not_exchanged(&self, operation: &'static Operation, error: reqwest::Error) -> Error {
        let mut failure = connect_failure(&error, self.proxy.as_ref());
        if let ConnectFailure::Proxy(proxy) = &mut failure
            && error.is_connect()
        {
            proxy.refusal = tunnel::refusal(proxy, &self.address).await;
        }
        Error::from_transport(error, self.call_context(operation.id), self.request_timeout).because_of(failure)
    }

    /// The address without a slash at its end.
    pub(crate) fn url(&self) -> &str {
        self.address.as_str().trim_end_matches('/')
    }

    /// The values of the caller's own headers, which usually authenticate at a gateway.
    pub(crate) fn secret_headers(&self) -> impl Iterator<Item = SecretString> {
        let values = self.headers.values().map(|value| String::from_utf8_lossy(value.as_bytes()).into_owned());
        // The scheme is not secret, what follows it is; and a cookie is `name=value`.
        values.flat_map(|value| {
            let parts = value.split([' ', ';']).map(|part| part.split_once('=').map_or(part, |(_, value)| value));
            parts.filter(|part| !part.is_empty()).map(SecretString::from).collect::<Vec<_>>()
        })
    }

    pub(crate) fn call_context(&self, operation: &'static str) -> CallContext {
        CallContext::new(operation, self.url())
    }
}

/// Why no connection was established.
fn connect_failure(error: &reqwest::Error, proxy: Option<&ProxyInUse>) -> ConnectFailure {
    #[cfg(feature = "rustls")]
    if let Some(failure) = crate::transport::tls::failure(error) {
        return failure;
    }
    #[cfg(not(feature = "rustls"))]
    let _ = error;
    proxy.cloned().map(Box::new).map_or(ConnectFailure::Network, ConnectFailure::Proxy)
}

/// Another request like this one; `None` if its body is a stream. Most requests have no body, and reqwest's own way is slower: it
/// also copies extensions.
fn copy(request: &reqwest::Request) -> Option<reqwest::Request> {
    if request.body().is_some() {
        return request.try_clone();
    }
    let mut copy = reqwest::Request::new(request.method().clone(), request.url().clone());
    copy.headers_mut().clone_from(request.headers());
    Some(copy)
}

fn redirected(
    info: RequestInfo<'_>,
    response: &reqwest::Response,
    url: &Url,
    authentication: &Authentication<'_>,
) -> Error {
    let followed = response.url() != url;
    let location = || Some(String::from_utf8_lossy(response.headers().get(LOCATION)?.as_bytes()).into_owned());
    let to = if followed { Some(response.url().to_string()) } else { location() };
    Error::Redirected {
        call: Box::new(info.call(response.headers())),
        status: response.status().as_u16(),
        to: to.map(|to| (authentication.redactor)().redact(&to)),
        followed,
    }
}

impl std::fmt::Debug for Transport {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Transport").field("url", &self.url()).finish_non_exhaustive()
    }
}
