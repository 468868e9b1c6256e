//! Builds an [`Explorer`]: where the server is, who signs in, and the limits of calls.

use std::sync::Arc;
use std::time::Duration;

use http::HeaderMap;
use http::header::ACCEPT;
use reqwest::Url;
use reqwest::redirect::Policy;

use crate::client::context::{Context, Shared};
use crate::contract::generated::types;
use crate::error::Error;
use crate::explorer::Explorer;
use crate::session::credentials::Credentials;
use crate::session::session::Session;
use crate::transport::clock::ServerClock;
use crate::transport::retry::RetryPolicy;
use crate::transport::transport::{JSON, Transport};

/// Builds an [`Explorer`].
///
/// ```
/// use std::time::Duration;
/// use nebula_explorer::{Credentials, Explorer};
///
/// let explorer = Explorer::builder("http://localhost:7002")
///     .graph("192.168.8.111", 9669)
///     .credentials(Credentials::account("root", "nebula"))
///     .request_timeout(Duration::from_secs(60))
///     .build();
/// assert!(explorer.is_ok());
/// ```
#[derive(Clone, Debug)]
#[must_use = "nothing is built until `build` is called"]
pub struct ExplorerBuilder {
    url: String,
    graph: Option<types::ConnectRequest>,
    credentials: Credentials,
    connect_timeout: Duration,
    request_timeout: Duration,
    max_response_bytes: usize,
    retry: RetryPolicy,
    #[cfg(feature = "rustls")]
    certificate_authorities: Vec<u8>,
    http_client: Option<reqwest::Client>,
}

impl Explorer {
    /// Starts with the address of Explorer as it is opened in a browser, such as `http://localhost:7002`. A path is kept, for an
    /// Explorer behind a proxy that serves it under one.
    pub fn builder(url: impl Into<String>) -> ExplorerBuilder {
        ExplorerBuilder {
            url: url.into(),
            graph: None,
            credentials: Credentials::default(),
            connect_timeout: Duration::from_secs(10),
            request_timeout: Duration::from_secs(30),
            max_response_bytes: 64 * 1024 * 1024,
            retry: RetryPolicy::default(),
            #[cfg(feature = "rustls")]
            certificate_authorities: Vec::new(),
            http_client: None,
        }
    }
}

impl ExplorerBuilder {
    /// The graph service to sign in to, by the address at which Explorer reaches it; not the address of Explorer. Its usual port is
    /// 9669.
    pub fn graph(mut self, address: impl Into<String>, port: u16) -> Self {
        self.graph = Some(types::ConnectRequest { address: address.into(), port: port.into() });
        self
    }

    /// The account, or a token.
    pub fn credentials(mut self, credentials: Credentials) -> Self {
        self.credentials = credentials;
        self
    }

    /// How long to wait for a connection; 10 seconds by default. Not used with [`http_client`](Self::http_client).
    pub fn connect_timeout(mut self, timeout: Duration) -> Self {
        self.connect_timeout = timeout;
        self
    }

    /// How long one request may take, its complete response included; 30 seconds by default. Signing in counts separately.
    pub fn request_timeout(mut self, timeout: Duration) -> Self {
        self.request_timeout = timeout;
        self
    }

    /// The maximum size of a response, in bytes; 64 MiB by default. A larger one is rejected while it arrives.
    pub fn max_response_bytes(mut self, bytes: usize) -> Self {
        self.max_response_bytes = bytes;
        self
    }

    /// Which calls are retried; see [`RetryPolicy`].
    pub fn retry(mut self, policy: RetryPolicy) -> Self {
        self.retry = policy;
        self
    }

    /// Trusts these certificate authorities in addition to those of the platform: any number of certificates in PEM. Not used with [`http_client`](Self::http_client).
    #[cfg(feature = "rustls")]
    pub fn certificate_authorities(mut self, pem: impl Into<Vec<u8>>) -> Self {
        self.certificate_authorities = pem.into();
        self
    }

    /// Uses this HTTP client for all calls: for a proxy or a shared connection pool.
    ///
    /// Build it with `redirect(Policy::none())`. With a client that follows redirects, a response from another address is still an
    /// error, but the request has been sent there.
    pub fn http_client(mut self, client: reqwest::Client) -> Self {
        self.http_client = Some(client);
        self
    }

    /// Checks the values. Sends nothing.
    ///
    /// # Errors
    /// [`Error::InvalidInput`] for an invalid address or certificate, or if there is neither a token nor an account with a graph
    /// service; [`Error::ClientSetup`] if no HTTP client can be created.
    pub fn build(self) -> Result<Explorer, Error> {
        let address = address(&self.url)?;
        match (self.credentials.has_account(), &self.credentials.token, &self.graph) {
            (true, _, Some(_)) | (false, Some(_), _) => {}
            (true, _, None) => {
                return invalid_input("signing in requires the address of a graph service: call graph(address, port)");
            }
            (false, None, _) => {
                return invalid_input(
                    "there is no account to sign in with: call credentials(Credentials::account(user, password))",
                );
            }
        }
        let http = match &self.http_client {
            Some(client) => client.clone(),
            None => self.new_http_client(&address)?,
        };
        let transport = Transport {
            address,
            http,
            request_timeout: self.request_timeout,
            uses_custom_http_client: self.http_client.is_some(),
            max_response_bytes: self.max_response_bytes,
            clock: ServerClock::default(),
        };
        let session = Session::new(self.credentials.token.clone());
        let shared = Shared { transport, session, credentials: self.credentials, graph: self.graph };
        Ok(Explorer::new(Context::new(shared, self.retry)))
    }

    fn new_http_client(&self, address: &Url) -> Result<reqwest::Client, Error> {
        let client = reqwest::Client::builder().redirect(Policy::none());
        let client = client.connect_timeout(self.connect_timeout).timeout(self.request_timeout);
        let client = client.default_headers(HeaderMap::from_iter([(ACCEPT, JSON.clone())]));
        // The retry policy of the SDK decides what is sent again; reqwest would copy each request for its own.
        let client = client.retry(reqwest::retry::never().max_retries_per_request(0));
        #[cfg(feature = "rustls")]
        let client = if address.scheme() == "https" {
            client.tls_certs_merge(certificates(&self.certificate_authorities)?)
        } else {
            // Reading the platform's authorities takes longer than a call, and nothing is encrypted here.
            client.tls_certs_only([])
        };
        #[cfg(not(feature = "rustls"))]
        let _ = address;
        client.build().map_err(|error| {
            // reqwest parses certificates only now.
            #[cfg(feature = "rustls")]
            if !self.certificate_authorities.is_empty() {
                return Error::InvalidInput(format!("a certificate authority cannot be used: {}", root_cause(&error)));
            }
            Error::ClientSetup { problem: "the HTTP client cannot be created".into(), source: Arc::new(error) }
        })
    }
}

#[cfg(feature = "rustls")]
fn certificates(pem: &[u8]) -> Result<Vec<reqwest::Certificate>, Error> {
    if pem.is_empty() {
        return Ok(Vec::new());
    }
    match reqwest::Certificate::from_pem_bundle(pem) {
        Ok(certificates) if certificates.is_empty() => {
            invalid_input("there is no certificate in PEM among the authorities")
        }
        Ok(certificates) => Ok(certificates),
        Err(error) => invalid_input(&format!("a certificate authority cannot be read: {error}")),
    }
}

#[cfg(feature = "rustls")]
fn root_cause(error: &dyn std::error::Error) -> String {
    std::iter::successors(Some(error), |error| error.source()).last().map(ToString::to_string).unwrap_or_default()
}

/// The address of a server. Invalid parts of it are not repeated in errors: they may contain a password.
fn address(text: &str) -> Result<Url, Error> {
    let url = match Url::parse(text) {
        Ok(url) => url,
        Err(error) => {
            return invalid_input(&format!(
                "the address is not a URL ({error}): give one such as http://localhost:7002"
            ));
        }
    };
    if !matches!(url.scheme(), "http" | "https") || url.host_str().is_none() {
        return invalid_input("the address must begin with http:// or https:// and a host: http://localhost:7002");
    }
    if !url.username().is_empty() || url.password().is_some() {
        return invalid_input("the address must not contain an account: pass it to credentials(...)");
    }
    if url.query().is_some() || url.fragment().is_some() {
        return invalid_input("the address must not have a query or a fragment");
    }
    Ok(url)
}

fn invalid_input<T>(problem: &str) -> Result<T, Error> {
    Err(Error::InvalidInput(problem.into()))
}
