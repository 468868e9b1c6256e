//! Where the generated client hands over its requests: each one is authenticated and sent through the transport.

use bytes::Bytes;
use futures_util::future::BoxFuture;
use http::header::{AUTHORIZATION, COOKIE};
use http::{Extensions, HeaderMap, HeaderValue, StatusCode};
use progenitor_client::{ClientHooks, OperationInfo};
use reqwest::ResponseBuilderExt as _;
use secrecy::ExposeSecret as _;

use crate::client::context::{Context, ResponseInfo};
use crate::client::outcome;
use crate::contract::generated::Client;
use crate::contract::operations::{Operation, SESSION_COOKIE, Security};
use crate::error::Error;
use crate::session::session::SignIn;
use crate::session::token::Token;
use crate::transport::envelope::{self, Envelope, TRACEPARENT};
use crate::transport::telemetry;

impl ClientHooks<Context> for Client {
    /// The generated client has no place for an error of the SDK, so one travels in the extensions of a response with a status
    /// that no server uses; [`outcome`] takes it out again.
    async fn exec(&self, request: reqwest::Request, info: &OperationInfo) -> reqwest::Result<reqwest::Response> {
        let outcome = match Operation::find(info.operation_id) {
            Some(operation) => self.inner.call(operation, &request).await,
            None => Err(Error::InvalidInput(format!("the contract has no operation {}", info.operation_id))),
        };
        let (status, headers, extensions, body) = match outcome {
            Ok(envelope) => (envelope.status, envelope.headers, envelope.extensions, envelope.body),
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
        // Without its address, reqwest would parse a placeholder.
        let mut response = response.url(request.url().clone()).body(reqwest::Body::from(body)).unwrap_or_default();
        *response.status_mut() = status;
        *response.headers_mut() = headers;
        Ok(response.into())
    }
}

/// An informational status is never the final one of a server.
const CARRIES_ERROR: StatusCode = StatusCode::PROCESSING;

impl Context {
    /// The generated client, for one call of a handle.
    pub(crate) fn client(&self) -> Client {
        self.for_one_call().shared_client()
    }

    /// The generated client, for any number of calls at once.
    pub(crate) fn shared_client(&self) -> Client {
        let transport = &self.shared.transport;
        Client::new_with_client(transport.url(), transport.http.clone(), self.clone())
    }

    /// The session's token. Signs in if there is no valid one.
    pub(crate) async fn token(&self) -> Result<Token, Error> {
        let session = &self.shared.session;
        self.outcome(&session.sign_in(session.ticket())).await
    }

    /// Sends a request with the authentication that its operation requires. The envelope is a success.
    pub(crate) async fn call(
        &self,
        operation: &'static Operation,
        request: &reqwest::Request,
    ) -> Result<Envelope, Error> {
        let outcome = match operation.security {
            Security::Account => self.call_with_account(operation, request).await,
            Security::Session => self.call_with_token(operation, request).await,
        };
        // Texts of the server may repeat what the request contained.
        let envelope = outcome.and_then(|envelope| self.succeed(operation, envelope));
        let envelope = envelope.map_err(|error| error.map_texts(|text| self.redact(text)))?;
        if let Some(response) = &self.response {
            let traceparent = envelope.headers.get(TRACEPARENT).cloned();
            // A copy for one call is set once.
            let _ = response.set(ResponseInfo { operation, traceparent });
        }
        Ok(envelope)
    }

    /// The envelope, or the error that it contains.
    fn succeed(&self, operation: &'static Operation, envelope: Envelope) -> Result<Envelope, Error> {
        if envelope.error.is_none() {
            return Ok(envelope);
        }
        let call = self.shared.transport.call_context(operation.id).traced(envelope::trace_id(&envelope.headers));
        Err(match serde_json::from_slice(&envelope.body) {
            Ok(body) => outcome::api_error(body, envelope.status.as_u16(), call),
            Err(error) => Error::invalid_response(call, outcome::OUTERMOST, error.to_string()),
        })
    }

    async fn call_with_account(
        &self,
        operation: &'static Operation,
        request: &reqwest::Request,
    ) -> Result<Envelope, Error> {
        let bearer = self.shared.credentials.bearer().ok_or_else(|| {
            Error::InvalidInput(format!("{}: signing in requires an account, but there is only a token", operation.id))
        })?;
        let mut account = HeaderValue::from_str(&format!("Bearer {}", bearer.expose_secret()))
            .map_err(|_| invalid_header(operation))?;
        account.set_sensitive(true);
        self.shared.transport.exchange(&self.retry, operation, request, (AUTHORIZATION, account)).await
    }

    /// If the server rejects the session, signs in once more and repeats the call once.
    async fn call_with_token(
        &self,
        operation: &'static Operation,
        request: &reqwest::Request,
    ) -> Result<Envelope, Error> {
        let session = &self.shared.session;
        let ticket = session.ticket();
        let sign_in = session.sign_in(ticket);
        let envelope = self.exchange_with_token(operation, request, &sign_in).await?;
        let rejected = envelope.error.is_some_and(|code| code.rejects_session());
        if rejected && self.shared.credentials.has_account() {
            let sign_in = session.sign_in_again(&sign_in, ticket);
            return self.exchange_with_token(operation, request, &sign_in).await;
        }
        Ok(envelope)
    }

    async fn exchange_with_token(
        &self,
        operation: &'static Operation,
        request: &reqwest::Request,
        sign_in: &SignIn,
    ) -> Result<Envelope, Error> {
        let cookie = self.outcome(sign_in).await?.cookie().ok_or_else(|| invalid_header(operation))?;
        self.shared.transport.exchange(&self.retry, operation, request, (COOKIE, cookie)).await
    }

    async fn outcome(&self, sign_in: &SignIn) -> Result<Token, Error> {
        let run = || async {
            let outcome = self.sign_in().await;
            telemetry::signed_in(outcome.as_ref().err());
            outcome
        };
        self.shared.session.outcome(sign_in, run).await
    }

    /// Boxed, because signing in is itself a call of the generated client.
    fn sign_in(&self) -> BoxFuture<'_, Result<Token, Error>> {
        Box::pin(async {
            let graph = self.shared.graph.clone().ok_or_else(|| {
                Error::InvalidInput(
                    "signing in requires the address of a graph service: pass it to Explorer::builder".into(),
                )
            })?;
            let client = self.client();
            let response = outcome::finish(&client, client.connect().body(graph).send().await)?;
            let headers = response.headers().clone();
            if response.into_inner().data.is_some_and(|data| !data.success) {
                let problem = "neither a success nor an error code";
                return Err(Error::invalid_response(client.inner.call_context(), "data.success", problem));
            }
            Token::from_response(&headers).ok_or_else(|| {
                let problem = format!("the sign-in succeeded without the cookie {SESSION_COOKIE}");
                Error::invalid_response(client.inner.call_context(), "Set-Cookie", problem)
            })
        })
    }
}

fn invalid_header(operation: &Operation) -> Error {
    Error::InvalidInput(format!("{}: the token contains characters that a header cannot contain", operation.id))
}
