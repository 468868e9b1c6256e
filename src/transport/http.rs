//! The HTTP client: connections, proxies and TLS.

use std::net::IpAddr;
use std::sync::{Arc, OnceLock};
use std::time::Duration;

use http::HeaderValue;
use hyper_util::client::proxy::matcher::Matcher;
use reqwest::Url;
use reqwest::redirect::Policy;

use crate::error::{Error, ProxyInUse};
#[cfg(feature = "rustls")]
use crate::transport::tls;

/// How the HTTP client is set up.
#[derive(Clone, Debug)]
pub(crate) struct HttpConfig {
    pub connect_timeout: Duration,
    pub user_agent: HeaderValue,
    /// Certificate authorities, or certificates of servers, in PEM.
    #[cfg(feature = "rustls")]
    pub certificate_authorities: Vec<u8>,
    /// The client's own certificate and its private key, in PEM.
    #[cfg(feature = "rustls")]
    pub client_certificate: Option<secrecy::SecretString>,
}

/// The HTTP clients of one server.
pub(crate) struct HttpClients {
    /// Keeps connections for the next request.
    pooled: reqwest::Client,
    /// For requests that must not be lost: it keeps no connections, so that none is closed by the server at the moment of reuse.
    /// Created when it is first used; the caller's own client is used for all requests.
    fresh: Option<(HttpConfig, Url, OnceLock<reqwest::Client>)>,
}

impl HttpClients {
    pub(crate) fn new(config: HttpConfig, address: &Url) -> Result<Self, Error> {
        let pooled = config.build(address, true)?;
        Ok(Self { pooled, fresh: Some((config, address.clone(), OnceLock::new())) })
    }

    pub(crate) fn custom(client: reqwest::Client) -> Self {
        Self { pooled: client, fresh: None }
    }

    pub(crate) fn pooled(&self) -> &reqwest::Client {
        &self.pooled
    }

    /// A client that opens a connection for each request.
    pub(crate) fn fresh(&self) -> Result<&reqwest::Client, Error> {
        let Some((config, address, client)) = &self.fresh else { return Ok(&self.pooled) };
        if let Some(client) = client.get() {
            return Ok(client);
        }
        let built = config.build(address, false)?;
        Ok(client.get_or_init(|| built))
    }
}

impl HttpConfig {
    fn build(&self, address: &Url, keeps_connections: bool) -> Result<reqwest::Client, Error> {
        let mut client = reqwest::Client::builder()
            .redirect(Policy::none())
            .connect_timeout(self.connect_timeout)
            .user_agent(self.user_agent.clone())
            // The retry policy of the SDK decides what is sent again; reqwest would copy each request for its own.
            .retry(reqwest::retry::never().max_retries_per_request(0));
        if !keeps_connections {
            client = client.pool_max_idle_per_host(0);
        }
        // A proxy cannot reach this machine's own addresses, and must not see the account.
        if is_loopback(address) {
            client = client.no_proxy();
        }
        #[cfg(feature = "rustls")]
        let client = if address.scheme() == "https" || proxy_for(address).is_some_and(|proxy| proxy.uses_tls()) {
            let identity = self.client_certificate.as_ref();
            client.tls_backend_preconfigured(tls::config(&self.certificate_authorities, identity)?)
        } else {
            // Reading the platform's authorities takes longer than a call, and nothing is encrypted here.
            client.tls_certs_only([])
        };
        client.build().map_err(|error| Error::ClientSetup {
            problem: "the HTTP client cannot be created".into(),
            source: Arc::new(error),
        })
    }
}

/// Whether an address is of this machine.
pub(crate) fn is_loopback(address: &Url) -> bool {
    match address.host_str() {
        Some(host) if host.eq_ignore_ascii_case("localhost") => true,
        Some(host) => host.trim_matches(['[', ']']).parse::<IpAddr>().is_ok_and(|address| address.is_loopback()),
        None => false,
    }
}

/// The proxy of the environment that requests to an address go through.
pub(crate) fn proxy_for(address: &Url) -> Option<ProxyInUse> {
    if is_loopback(address) {
        return None;
    }
    let proxy = Matcher::from_env().intercept(&address.as_str().parse().ok()?)?;
    let uri = proxy.uri().to_string();
    let own = format!("{}_proxy", address.scheme());
    let names = [own.clone(), own.to_uppercase(), "all_proxy".into(), "ALL_PROXY".into()];
    let is_set = |name: &String| std::env::var_os(name).is_some_and(|value| !value.is_empty());
    let mut authorization = proxy.basic_auth().cloned();
    if let Some(value) = &mut authorization {
        value.set_sensitive(true);
    }
    let variable = names.into_iter().find(is_set);
    Some(ProxyInUse { url: without_account(&uri), variable, refusal: None, authorization })
}

/// The address of a proxy, which may contain an account.
fn without_account(uri: &str) -> String {
    match Url::parse(uri) {
        Ok(mut url) => {
            // Neither fails for an address with a host.
            let _ = url.set_username("");
            let _ = url.set_password(None);
            url.as_str().trim_end_matches('/').into()
        }
        Err(_) => "the proxy".into(),
    }
}
