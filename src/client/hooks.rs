//! Where the generated client hands over its requests: each one is authenticated and sent through the transport.

use bytes::Bytes;
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
use crate::session::wrapper::SignInFuture;
use crate::transport::envelope::{Envelope, TRACEPARENT};
use crate::transport::telemetry;
use crate::transport::transport::Authentication;

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
        Client::new_with_client(transport.url(), transport.http.pooled().clone(), self.clone())
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
        let envelope = match operation.security {
            Security::Account => self.call_with_account(operation, request).await?,
            Security::Session => self.call_with_token(operation, request).await?,
        };
        if let Some(response) = &self.response {
            let traceparent = envelope.headers.get(TRACEPARENT).cloned();
            // A copy for one call is set once.
            let _ = response.set(ResponseInfo { operation, traceparent });
        }
        Ok(envelope)
    }

    async fn call_with_account(
        &self,
        operation: &'static Operation,
        request: &reqwest::Request,
    ) -> Result<Envelope, Error> {
        let bearer = self.shared.credentials.bearer().ok_or_else(|| {
            Error::InvalidInput(format!("{}: signing in requires an account, but there is only a token", operation.id))
        })?;
        let mut value = HeaderValue::from_str(&format!("Bearer {}", bearer.expose_secret()))
            .map_err(|_| invalid_header(operation))?;
        value.set_sensitive(true);
        let redactor = || self.redactor(None);
        let authentication = Authentication { name: AUTHORIZATION, value, redactor: &redactor };
        self.shared.transport.exchange(&self.retry, operation, request, authentication, self.before_send.as_ref()).await
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
        let error = match self.exchange_with_token(operation, request, &sign_in).await {
            Err(error) if rejects_session(&error) => error,
            outcome => return outcome,
        };
        if !self.shared.credentials.has_account() || !session.may_renew(&sign_in, &error) {
            return Err(error);
        }
        let renewed = session.sign_in_again(&sign_in, ticket);
        let outcome = self.exchange_with_token(operation, request, &renewed).await;
        if outcome.as_ref().is_err_and(rejects_session) {
            renewed.was_rejected_when_new();
        }
        outcome.map_err(Error::with_new_session)
    }

    async fn exchange_with_token(
        &self,
        operation: &'static Operation,
        request: &reqwest::Request,
        sign_in: &SignIn,
    ) -> Result<Envelope, Error> {
        let token = self.outcome(sign_in).await?;
        let value = token.cookie().ok_or_else(|| invalid_header(operation))?;
        let redactor = || self.redactor(Some(&token));
        let authentication = Authentication { name: COOKIE, value, redactor: &redactor };
        self.shared.transport.exchange(&self.retry, operation, request, authentication, self.before_send.as_ref()).await
    }

    async fn outcome(&self, sign_in: &SignIn) -> Result<Token, Error> {
        let run = || {
            let run = self.clone().sign_in();
            match &self.shared.wrap_sign_in {
                Some(wrapper) => wrapper.run(run),
                None => run,
            }
        };
        self.shared.session.outcome(sign_in, run).await
    }

    /// Boxed, because signing in is itself a call of the generated client.
    fn sign_in(self) -> SignInFuture {
        Box::pin(async move {
            let outcome = self.request_token().await;
            telemetry::signed_in(outcome.as_ref().err());
            outcome
        })
    }

    async fn request_token(&self) -> Result<Token, Error> {
        let graph = self.shared.graph.clone().ok_or_else(|| {
            Error::InvalidInput(
                "signing in requires the address of a graph service: pass it to Explorer::builder".into(),
            )
        })?;
        let client = self.with_retry(self.shared.sign_in_retry).client();
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
    }
}

/// Whether another session may help: the server rejects this one, or a proxy shows a page in place of that rejection.
fn rejects_session(error: &Error) -> bool {
    match error {
        Error::Api(error) => error.code.rejects_session(),
        Error::UnexpectedResponse(response) => response.http_status == 401,
        _ => false,
    }
}

fn invalid_header(operation: &Operation) -> Error {
    Error::InvalidInput(format!("{}: the token contains characters that a header cannot contain", operation.id))
}
