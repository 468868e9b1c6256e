//! Sends requests and receives responses, and retries as the policy says.

use std::time::Duration;

use http::header::{ACCEPT, LOCATION};
use http::{HeaderName, HeaderValue};
use reqwest::Url;
use tokio::time::{Instant, sleep};
use tracing::Instrument as _;

use crate::contract::operations::Operation;
use crate::error::{CallContext, Error};
use crate::transport::clock::ServerClock;
use crate::transport::envelope::{self, Envelope, RequestInfo};
use crate::transport::retry::RetryPolicy;
use crate::transport::telemetry;

/// The connection to one server.
pub(crate) struct Transport {
    pub address: Url,
    pub http: reqwest::Client,
    pub request_timeout: Duration,
    /// The caller's HTTP client has neither the SDK's time limit nor its header `Accept`.
    pub uses_custom_http_client: bool,
    pub max_response_bytes: usize,
    pub clock: ServerClock,
}

/// The media type of bodies, in both directions.
pub(crate) static JSON: HeaderValue = HeaderValue::from_static("application/json");

impl Transport {
    /// Sends a request with the header that authenticates it, and retries as the policy says.
    pub(crate) async fn exchange(
        &self,
        retry: &RetryPolicy,
        operation: &'static Operation,
        request: &reqwest::Request,
        authentication: (HeaderName, HeaderValue),
    ) -> Result<Envelope, Error> {
        let mut retries = retry.start();
        let mut attempts = 0;
        loop {
            let span = telemetry::request_span(operation, request, attempts);
            attempts += 1;
            let outcome = async {
                let outcome = self.exchange_once(operation, request, &authentication).await;
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
        (name, value): &(HeaderName, HeaderValue),
    ) -> Result<Envelope, Error> {
        let url = request.url();
        let Some(mut request) = copy(request) else {
            return Err(Error::InvalidInput(format!("{}: a streaming body cannot be sent", operation.id)));
        };
        let info = self.request_info(operation);
        if self.uses_custom_http_client {
            request.timeout_mut().replace(self.request_timeout);
            request.headers_mut().insert(ACCEPT, JSON.clone());
        }
        request.headers_mut().insert(name, value.clone());
        telemetry::propagate(&mut request);
        let requested = Instant::now();
        let sent = self.http.execute(request).await;
        let mut response = sent.map_err(|error| info.transport_error(error, None))?;
        telemetry::responded(response.status());
        self.clock.update(response.headers(), requested);
        // A custom HTTP client may follow redirects, and then returns a response that is not of the configured server.
        if response.status().is_redirection() || response.url() != url {
            return Err(redirected(info, &response, url));
        }
        let body = envelope::read_body(info, &mut response, self.max_response_bytes).await?;
        let headers = std::mem::take(response.headers_mut());
        let extensions = std::mem::take(response.extensions_mut());
        Envelope::parse(info, response.status(), headers, extensions, body)
    }

    /// The address without a slash at its end.
    pub(crate) fn url(&self) -> &str {
        self.address.as_str().trim_end_matches('/')
    }

    pub(crate) fn call_context(&self, operation: &'static str) -> CallContext {
        CallContext::new(operation, self.url())
    }

    fn request_info(&self, operation: &'static Operation) -> RequestInfo<'_> {
        RequestInfo { operation: operation.id, url: self.url(), timeout: self.request_timeout }
    }
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

fn redirected(info: RequestInfo<'_>, response: &reqwest::Response, url: &Url) -> Error {
    let followed = (response.url() != url).then(|| response.url().to_string());
    let location = || Some(String::from_utf8_lossy(response.headers().get(LOCATION)?.as_bytes()).into_owned());
    Error::Redirected {
        call: Box::new(info.call().traced(envelope::trace_id(response.headers()))),
        status: response.status().as_u16(),
        to: followed.or_else(location),
    }
}

impl std::fmt::Debug for Transport {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Transport").field("url", &self.url()).finish_non_exhaustive()
    }
}
