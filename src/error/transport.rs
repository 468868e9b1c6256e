//! The call that an error belongs to, and why it got no response.

use http::HeaderValue;

/// The call that an error belongs to.
///
/// ```no_run
/// # async fn run(explorer: nebula_explorer::Explorer) {
/// if let Err(error) = explorer.job(107).get().await
///     && let Some(call) = error.call()
/// {
///     println!("{} at {} failed after {} attempts", call.operation, call.url, call.attempts);
/// }
/// # }
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct CallContext {
    /// The operation, by its `operationId`.
    pub operation: &'static str,
    /// The address of the server.
    pub url: String,
    /// The id under which the server traces the call, from the header `Traceparent`; `None` if no response arrived.
    pub trace_id: Option<String>,
    /// How many times the request was sent.
    pub attempts: u32,
}

impl CallContext {
    pub(crate) fn new(operation: &'static str, url: &str) -> Self {
        Self { operation, url: url.into(), trace_id: None, attempts: 1 }
    }

    pub(crate) fn traced(self, trace_id: Option<String>) -> Self {
        Self { trace_id, ..self }
    }

    /// What the text of an error begins with.
    pub(crate) fn prefix(&self) -> String {
        match self.attempts {
            0 | 1 => format!("{}: ", self.operation),
            attempts => format!("{} ({attempts} attempts): ", self.operation),
        }
    }
}

/// Why no connection was established.
///
/// ```no_run
/// # async fn run(explorer: nebula_explorer::Explorer) {
/// use nebula_explorer::{ConnectFailure, Error};
///
/// if let Err(Error::Unreachable { failure: ConnectFailure::Certificate { problem }, .. }) = explorer.jobs().await {
///     println!("the server's certificate is not trusted: {problem}");
/// }
/// # }
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum ConnectFailure {
    /// The server did not accept a connection, or its name is not known.
    Network,
    /// The request goes through a proxy, and either the proxy was not reached or it did not reach the server.
    Proxy(Box<ProxyInUse>),
    /// The server's certificate is not trusted. It will not be when the call is repeated.
    Certificate {
        /// What is wrong with it.
        problem: String,
    },
    /// The server does not speak TLS there.
    NotTls,
}

/// A proxy that requests go through, as the environment says.
///
/// ```no_run
/// # fn show(proxy: nebula_explorer::ProxyInUse) {
/// println!("{} from {:?}", proxy.url, proxy.variable);
/// # }
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct ProxyInUse {
    /// Its address, without an account.
    pub url: String,
    /// The environment variable that names it.
    pub variable: Option<String>,
    /// How it refused to connect to the server; `None` if it did not respond.
    pub refusal: Option<ProxyRefusal>,
    /// The account at the proxy, as a header.
    pub(crate) authorization: Option<HeaderValue>,
}

/// The response of a proxy that refuses to connect to the server.
///
/// ```no_run
/// # fn show(refusal: nebula_explorer::ProxyRefusal) {
/// println!("HTTP {}: {:?}", refusal.status, refusal.title);
/// # }
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct ProxyRefusal {
    /// The HTTP status.
    pub status: u16,
    /// The title of its page, if it is one.
    pub title: Option<String>,
    /// The error that Squid names in the header `X-Squid-Error`.
    pub error: Option<String>,
}

impl ProxyRefusal {
    /// Whether the same request may be accepted later.
    pub(crate) fn is_temporary(&self) -> bool {
        self.status >= 500 || matches!(self.status, 408 | 429)
    }
}

#[cfg(feature = "rustls")]
impl ProxyInUse {
    pub(crate) fn uses_tls(&self) -> bool {
        self.url.starts_with("https:")
    }
}
