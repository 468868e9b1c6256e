//! What a client is set up with, and the checks of it.

use std::time::Duration;

use http::{HeaderMap, HeaderName, HeaderValue};
use reqwest::Url;
use secrecy::{ExposeSecret as _, SecretString};

use crate::client::context::{Context, Shared};
use crate::contract::generated::types;
use crate::error::Error;
use crate::session::credentials::Credentials;
use crate::session::session::Session;
use crate::session::wrapper::SignInWrapper;
use crate::transport::clock::ServerClock;
use crate::transport::http::{HttpClients, HttpConfig, proxy_for};
use crate::transport::retry::RetryPolicy;
use crate::transport::transport::Transport;

/// What a client is set up with.
#[derive(Clone, Debug)]
pub(crate) struct Setup {
    pub url: String,
    pub graph: Option<types::ConnectRequest>,
    pub credentials: Credentials,
    pub wrap_sign_in: Option<SignInWrapper>,
    pub request_timeout: Duration,
    pub max_response_bytes: usize,
    pub retry: RetryPolicy,
    pub headers: Vec<(String, SecretString)>,
    pub http: HttpConfig,
    pub http_client: Option<reqwest::Client>,
}

impl Setup {
    /// The defaults, for a server at this address.
    pub(crate) fn new(url: String) -> Self {
        Self {
            url,
            graph: None,
            credentials: Credentials::default(),
            wrap_sign_in: None,
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

    /// Checks the values. Sends nothing.
    pub(crate) fn connect(self) -> Result<Context, Error> {
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
        let shared = Shared {
            transport,
            session,
            sign_in_retry: self.retry,
            credentials: self.credentials,
            graph: self.graph,
            wrap_sign_in: self.wrap_sign_in,
        };
        Ok(Context::new(shared, self.retry))
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
