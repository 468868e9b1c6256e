//! The state that all handles of one Explorer share.

use std::sync::{Arc, OnceLock};

use http::HeaderValue;
use reqwest::Url;
use secrecy::SecretString;

use crate::contract::generated::types;
use crate::contract::operations::{Operation, UNLISTED_ID};
use crate::error::CallContext;
use crate::session::credentials::Credentials;
use crate::session::session::Session;
use crate::session::token::Token;
use crate::session::wrapper::SignInWrapper;
use crate::transport::envelope;
use crate::transport::redact::Redactor;
use crate::transport::retry::RetryPolicy;
use crate::transport::transport::{BeforeSend, Transport};

/// The state that all handles of one [`Explorer`](crate::Explorer) share, and the retry policy of this one. Cheap to clone.
#[derive(Clone)]
pub struct Context {
    pub(crate) shared: Arc<Shared>,
    pub(crate) retry: RetryPolicy,
    /// The response to the one call that this copy is for; `None` for a client that serves any number of calls.
    pub(crate) response: Option<Arc<OnceLock<ResponseInfo>>>,
    /// What to do immediately before a request that must not be sent twice.
    pub(crate) before_send: Option<BeforeSend>,
}

pub(crate) struct Shared {
    pub transport: Transport,
    pub session: Session,
    /// Signing in serves all calls, so it does not follow the policy of the call that happens to need it.
    pub sign_in_retry: RetryPolicy,
    pub credentials: Credentials,
    pub graph: Option<types::ConnectRequest>,
    pub wrap_sign_in: Option<SignInWrapper>,
}

/// What the generated client does not pass on of a response that it cannot decode.
pub(crate) struct ResponseInfo {
    pub operation: &'static Operation,
    pub traceparent: Option<HeaderValue>,
}

impl Context {
    pub(crate) fn new(shared: Shared, retry: RetryPolicy) -> Self {
        Self { shared: Arc::new(shared), retry, response: None, before_send: None }
    }

    pub(crate) fn with_retry(&self, retry: RetryPolicy) -> Self {
        Self { retry, ..self.clone() }
    }

    /// A copy for exactly one call.
    pub(crate) fn for_one_call(&self) -> Self {
        Self { response: Some(Arc::default()), ..self.clone() }
    }

    /// A copy that does this immediately before each request that must not be sent twice.
    pub(crate) fn before_send(&self, action: BeforeSend) -> Self {
        Self { before_send: Some(action), ..self.clone() }
    }

    /// The call that this copy is for, as far as it is known.
    pub(crate) fn call_context(&self) -> CallContext {
        let response = self.response.as_ref().and_then(|response| response.get());
        let operation = response.map_or(UNLISTED_ID, |response| response.operation.id);
        let trace_id = response.and_then(|response| envelope::trace_id_in(response.traceparent.as_ref()?));
        self.shared.transport.call_context(operation).traced(trace_id)
    }

    /// Removes the secrets of a request with this token, if there is one, and of this client from texts.
    pub(crate) fn redactor(&self, token: Option<&Token>) -> Redactor {
        let current = self.shared.session.token();
        let tokens: Vec<SecretString> = [token.cloned(), current]
            .into_iter()
            .flatten()
            .flat_map(|token| token.secrets().collect::<Vec<_>>())
            .chain(self.shared.credentials.secrets())
            .chain(self.shared.transport.secret_headers())
            .collect();
        Redactor::new(&tokens)
    }

    /// The path that is common to all paths of the server.
    pub(crate) fn base_path(&self) -> &str {
        self.shared.transport.address.path().trim_end_matches('/')
    }

    /// The server's address with this path.
    pub(crate) fn address(&self, path: &str) -> Url {
        let mut address = self.shared.transport.address.clone();
        // A URL takes `\\` for a separator, whereas in an id it is a character like any other.
        address.set_path(&path.replace('\\', "%5C"));
        address
    }
}

impl std::fmt::Debug for Context {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        self.shared.transport.fmt(f)
    }
}
