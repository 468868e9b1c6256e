//! The way in: where Explorer is, who signs in, and what to do there.

use std::sync::{Arc, Mutex};
use std::time::Duration;

use http::HeaderMap;
use http::header::ACCEPT;
use jiff::Timestamp;
use reqwest::Url;
use reqwest::redirect::Policy;

use crate::credentials::Credentials;
use crate::error::Error;
use crate::generated::{Client, types};
use crate::hooks::{Connection, Context, JSON};
use crate::job::JobHandle;
use crate::list::ListJobs;
use crate::request::Request;
use crate::retry::RetryPolicy;
use crate::session::{Session, Token};
use crate::submit::Submissions;
use crate::watch::Watcher;
use crate::workflow::WorkflowHandle;

/// A client of one Explorer server. Cheap to clone; all clones share one session.
///
/// It signs in by itself on the first call, again before the token runs out, and once more when the server refuses the token.
///
/// ```no_run
/// # async fn run() -> Result<(), nebula_explorer::Error> {
/// use nebula_explorer::{Credentials, Explorer};
///
/// let explorer = Explorer::builder("http://localhost:7002")
///     .graph("192.168.8.111", 9669)
///     .credentials(Credentials::account("root", "nebula"))
///     .build()?;
///
/// let job = explorer.workflow(4216617528).run().param("query_1", "name", "Tim Duncan").await?;
/// let ended = job.wait().await?;
/// for task in &ended.tasks {
///     let rows: Vec<Vec<String>> = job.task(&task.id).rows().limit(10).await?;
///     println!("{}: {rows:?}", task.name);
/// }
/// # Ok(())
/// # }
/// ```
#[derive(Clone, Debug)]
pub struct Explorer {
    connection: Arc<Connection>,
    retry: RetryPolicy,
}

impl Explorer {
    /// Begins with the address of Explorer as it is opened in a browser, such as `http://localhost:7002`. A path is kept, for
    /// an Explorer behind a proxy that serves it under one.
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

    /// A workflow, by the id that the web page shows. Makes no call.
    pub fn workflow(&self, id: i64) -> WorkflowHandle {
        WorkflowHandle::new(self.clone(), id)
    }

    /// A job, by its id. Makes no call.
    pub fn job(&self, id: i64) -> JobHandle {
        JobHandle::new(self.clone(), id)
    }

    /// One page of the jobs of all workflows.
    pub fn jobs(&self) -> ListJobs {
        ListJobs::new(self.clone(), None)
    }

    /// Follows many jobs at once, until each has ended.
    pub fn watch(&self, jobs: impl IntoIterator<Item = i64>) -> Watcher {
        Watcher::new(self.clone(), jobs)
    }

    /// Signs in now, instead of on the first call, and gives the token. Signs in only if there is no token that is good.
    ///
    /// # Errors
    /// [`Error::SignInRefused`], and the errors of every call.
    pub async fn sign_in(&self) -> Result<Token, Error> {
        self.client().inner.token().await
    }

    /// The session's token, if there is one: it was given, or somebody has signed in. Makes no call.
    pub fn token(&self) -> Option<Token> {
        self.connection.session.token()
    }

    /// A call of any path below the server's address, signed in: for what the contract does not have.
    pub fn request(&self, method: impl Into<String>, path: impl Into<String>) -> Request {
        Request::new(self.clone(), method.into(), path.into())
    }

    /// The generated client, signed in: for an operation of the contract that has no method here yet.
    ///
    /// ```no_run
    /// # async fn run(explorer: nebula_explorer::Explorer) -> Result<(), nebula_explorer::Error> {
    /// let client = explorer.client();
    /// let answer = client.get_job().job_id(107).send().await.map_err(|error| client.error(error))?;
    /// println!("{}", answer.into_inner().data.name);
    /// # Ok(())
    /// # }
    /// ```
    pub fn client(&self) -> Client {
        Context::client(&self.connection, self.retry)
    }

    /// The same client, with another policy for the calls that are made through it: for a single call, or a part of a program.
    ///
    /// ```no_run
    /// # async fn run(explorer: nebula_explorer::Explorer) -> Result<(), nebula_explorer::Error> {
    /// use nebula_explorer::RetryPolicy;
    ///
    /// let job = explorer.with_retry(RetryPolicy::none()).job(107).get().await?;
    /// # Ok(())
    /// # }
    /// ```
    pub fn with_retry(&self, retry: RetryPolicy) -> Self {
        Self { connection: Arc::clone(&self.connection), retry }
    }

    /// A time on the server's clock that is not after now, from the header `Date` of its last answer; `None` as long as it has
    /// not answered.
    pub fn server_time(&self) -> Option<Timestamp> {
        self.connection.server_time()
    }

    pub(crate) fn server_time_lag(&self) -> Duration {
        self.connection.server_time_lag()
    }

    pub(crate) fn submissions(&self) -> &Arc<Submissions> {
        &self.connection.submissions
    }
}

/// Builds an [`Explorer`].
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

impl ExplorerBuilder {
    /// The graph service to sign in to, as Explorer reaches it: not the address of Explorer. Its usual port is 9669.
    pub fn graph(mut self, address: impl Into<String>, port: u16) -> Self {
        self.graph = Some(types::ConnectRequest { address: address.into(), port: port.into() });
        self
    }

    /// Who signs in.
    pub fn credentials(mut self, credentials: Credentials) -> Self {
        self.credentials = credentials;
        self
    }

    /// How long to wait for a connection; 10 seconds unless set. Not used with [`http_client`](Self::http_client).
    pub fn connect_timeout(mut self, timeout: Duration) -> Self {
        self.connect_timeout = timeout;
        self
    }

    /// How long one call may take, its whole answer included; 30 seconds unless set. Signing in counts for itself.
    pub fn request_timeout(mut self, timeout: Duration) -> Self {
        self.request_timeout = timeout;
        self
    }

    /// How large an answer may be, in bytes; 64 MiB unless set. A larger one is refused while it arrives.
    pub fn max_response_bytes(mut self, bytes: usize) -> Self {
        self.max_response_bytes = bytes;
        self
    }

    /// When a call is made again; see [`RetryPolicy`].
    pub fn retry(mut self, policy: RetryPolicy) -> Self {
        self.retry = policy;
        self
    }

    /// Trusts these certificate authorities too, besides those of the platform: certificates in PEM, as many as there are. Not
    /// used with [`http_client`](Self::http_client).
    #[cfg(feature = "rustls")]
    pub fn certificate_authorities(mut self, pem: impl Into<Vec<u8>>) -> Self {
        self.certificate_authorities = pem.into();
        self
    }

    /// Uses this client for all calls: for a proxy or a shared connection pool.
    ///
    /// Build it with `redirect(Policy::none())`. With a client that follows redirects, an answer from elsewhere is an error
    /// all the same, but by then the request has gone there.
    pub fn http_client(mut self, client: reqwest::Client) -> Self {
        self.http_client = Some(client);
        self
    }

    /// Checks what was set. Makes no call.
    ///
    /// # Errors
    /// [`Error::Usage`] if the address or a certificate is none, or if there is neither a token nor an account with a graph service.
    pub fn build(self) -> Result<Explorer, Error> {
        let address = address(&self.url)?;
        match (self.credentials.has_account(), &self.credentials.token, &self.graph) {
            (true, _, Some(_)) | (false, Some(_), _) => {}
            (true, _, None) => {
                return usage("signing in takes the address of a graph service: call graph(address, port)");
            }
            (false, None, _) => {
                return usage("nobody signs in: call credentials(Credentials::account(user, password))");
            }
        }
        let http = match &self.http_client {
            Some(client) => client.clone(),
            None => self.new_http_client(&address)?,
        };
        let session = Session::new(self.credentials.token.clone());
        let connection = Connection {
            address,
            http,
            credentials: self.credentials,
            graph: self.graph,
            request_timeout: self.request_timeout,
            http_is_the_callers: self.http_client.is_some(),
            max_response_bytes: self.max_response_bytes,
            session,
            submissions: Arc::default(),
            server_clock: Mutex::default(),
        };
        Ok(Explorer { connection: Arc::new(connection), retry: self.retry })
    }

    fn new_http_client(&self, address: &Url) -> Result<reqwest::Client, Error> {
        let client = reqwest::Client::builder().redirect(Policy::none());
        let client = client.connect_timeout(self.connect_timeout).timeout(self.request_timeout);
        let client = client.default_headers(HeaderMap::from_iter([(ACCEPT, JSON.clone())]));
        // What is sent again, and what never is, is for the retry policy here to say; reqwest would copy each request for its own.
        let client = client.retry(reqwest::retry::never().max_retries_per_request(0));
        #[cfg(feature = "rustls")]
        let client = if address.scheme() == "https" {
            client.tls_certs_merge(certificates(&self.certificate_authorities)?)
        } else {
            // Reading the platform's authorities takes longer than a call. Nothing is encrypted here.
            client.tls_certs_only([])
        };
        #[cfg(not(feature = "rustls"))]
        let _ = address;
        client.build().map_err(|error| Error::Usage(format!("no HTTP client can be made: {error}")))
    }
}

#[cfg(feature = "rustls")]
fn certificates(pem: &[u8]) -> Result<Vec<reqwest::Certificate>, Error> {
    if pem.is_empty() {
        return Ok(Vec::new());
    }
    match reqwest::Certificate::from_pem_bundle(pem) {
        Ok(certificates) if certificates.is_empty() => usage("there is no certificate in PEM among the authorities"),
        Ok(certificates) => Ok(certificates),
        Err(error) => usage(&format!("a certificate authority cannot be read: {error}")),
    }
}

/// The address of a server. What it must not have is not repeated in errors: it may be a password.
fn address(text: &str) -> Result<Url, Error> {
    let url = match Url::parse(text) {
        Ok(url) => url,
        Err(error) => {
            return usage(&format!("the address is not a URL ({error}): give one such as http://localhost:7002"));
        }
    };
    if !matches!(url.scheme(), "http" | "https") || url.host_str().is_none() {
        return usage("the address must begin with http:// or https:// and a host: http://localhost:7002");
    }
    if !url.username().is_empty() || url.password().is_some() {
        return usage("the address must not hold an account: give it with credentials(...)");
    }
    if url.query().is_some() || url.fragment().is_some() {
        return usage("the address must not have a query or a fragment");
    }
    Ok(url)
}

fn usage<T>(problem: &str) -> Result<T, Error> {
    Err(Error::Usage(problem.into()))
}
