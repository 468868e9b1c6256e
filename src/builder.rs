//! Builds an [`Explorer`]: where the server is, who signs in, and the limits of calls.

use std::time::Duration;

use http::{HeaderMap, HeaderName, HeaderValue};
use reqwest::Url;
use secrecy::{ExposeSecret as _, SecretString};

use crate::client::context::{Context, Shared};
use crate::contract::generated::types;
use crate::error::Error;
use crate::explorer::Explorer;
use crate::session::credentials::Credentials;
use crate::session::session::Session;
use crate::transport::clock::ServerClock;
use crate::transport::http::{HttpClients, HttpConfig, proxy_for};
use crate::transport::retry::RetryPolicy;
use crate::transport::transport::Transport;

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
    request_timeout: Duration,
    max_response_bytes: usize,
    retry: RetryPolicy,
    headers: Vec<(String, SecretString)>,
    http: HttpConfig,
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
            request_timeout: Duration::from_secs(30),
            max_response_bytes: 64 * 1024 * 1024,
            retry: RetryPolicy::default(),
            headers: Vec::new(),
            http: HttpConfig {
                connect_timeout: Duration::from_secs(10),
                user_agent: HeaderValue::from_static(USER_AGENT),
                #[cfg(feature = "rustls")]
                certificate_authorities: Vec::new(),
                #[cfg(feature = "rustls")]
                client_certificate: None,
            },
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
        self.http.connect_timeout = timeout;
        self
    }

    /// How long the server may be silent: until a response begins, and between two parts of it; 30 seconds by default. It does
    /// not limit how long a large response may take.
    pub fn request_timeout(mut self, timeout: Duration) -> Self {
        self.request_timeout = timeout;
        self
    }

    /// The maximum size of a response, in bytes after decompression; 64 MiB by default. A larger one is rejected while it arrives.
    pub fn max_response_bytes(mut self, bytes: usize) -> Self {
        self.max_response_bytes = bytes;
        self
    }

    /// Which calls are retried; see [`RetryPolicy`].
    pub fn retry(mut self, policy: RetryPolicy) -> Self {
        self.retry = policy;
        self
    }

    /// Trusts these certificate authorities in addition to those of the platform: any number of certificates in PEM. A
    /// self-signed certificate is trusted for the server that has it, as long as the host name matches. Not used with [`http_client`](Self::http_client).
    #[cfg(feature = "rustls")]
    pub fn certificate_authorities(mut self, pem: impl Into<Vec<u8>>) -> Self {
        self.http.certificate_authorities = pem.into();
        self
    }

    /// Presents a client certificate to the server: the certificate, those that issued it, and its private key, in PEM. Not used
    /// with [`http_client`](Self::http_client).
    #[cfg(feature = "rustls")]
    pub fn client_certificate(mut self, pem: impl Into<SecretString>) -> Self {
        self.http.client_certificate = Some(pem.into());
        self
    }

    /// The header `User-Agent`; `nebula-explorer/` and the version by default. Not used with
    /// [`http_client`](Self::http_client).
    ///
    /// # Errors
    /// [`Error::InvalidInput`] for a text that a header cannot contain.
    pub fn user_agent(mut self, text: &str) -> Result<Self, Error> {
        self.http.user_agent = HeaderValue::from_str(text).map_err(|_| {
            Error::InvalidInput("the user agent contains characters that a header cannot contain".into())
        })?;
        Ok(self)
    }

    /// Adds a header to every request, for example one that a single sign-on gateway in front of Explorer requires. Its value is
    /// treated as a secret. Several headers of one name are sent one after the other; `Cookie` is sent beside the session's own.
    pub fn header(mut self, name: impl Into<String>, value: impl Into<SecretString>) -> Self {
        self.headers.push((name.into(), value.into()));
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
        let is_custom = self.http_client.is_some();
        let http = match self.http_client {
            Some(client) => HttpClients::custom(client),
            None => HttpClients::new(self.http, &address)?,
        };
        let transport = Transport {
            // The caller's own client may have other proxies.
            proxy: if is_custom { None } else { proxy_for(&address) },
            address,
            http,
            request_timeout: self.request_timeout,
            max_response_bytes: self.max_response_bytes,
            headers: headers(self.headers)?,
            clock: ServerClock::default(),
        };
        let session = Session::new(&self.credentials);
        let shared =
            Shared { transport, session, sign_in_retry: self.retry, credentials: self.credentials, graph: self.graph };
        Ok(Explorer::new(Context::new(shared, self.retry)))
    }
}

const USER_AGENT: &str = concat!("nebula-explorer/", env!("CARGO_PKG_VERSION"));

fn headers(given: Vec<(String, SecretString)>) -> Result<HeaderMap, Error> {
    let mut headers = HeaderMap::new();
    for (name, value) in given {
        let parsed = HeaderName::from_bytes(name.as_bytes()).ok();
        let parsed = parsed.ok_or_else(|| Error::InvalidInput(format!("`{name}` is not the name of a header")))?;
        let mut value = HeaderValue::from_str(value.expose_secret()).map_err(|_| {
            Error::InvalidInput(format!(
                "the value of the header {name} contains characters that a header cannot contain"
            ))
        })?;
        value.set_sensitive(true);
        headers.append(parsed, value);
    }
    Ok(headers)
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
