//! The entry point: a client of one Explorer server, and the builder of one.

use std::sync::Arc;
use std::time::Duration;

use futures_util::future::BoxFuture;
use http::HeaderValue;
use jiff::Timestamp;
use secrecy::SecretString;

use crate::client::context::Context;
use crate::client::raw_request::Request;
use crate::client::setup::Setup;
use crate::contract::generated::{Client, types};
use crate::error::Error;
use crate::jobs::handle::JobHandle;
use crate::jobs::list::ListJobs;
use crate::jobs::watch::Watcher;
use crate::session::credentials::Credentials;
use crate::session::token::Token;
use crate::session::wrapper::SignInWrapper;
use crate::transport::retry::RetryPolicy;
use crate::workflows::batch::Batch;
use crate::workflows::memory::MemoryStore;
use crate::workflows::store::{Submission, SubmissionFilter, SubmissionStore};
use crate::workflows::workflow::{Run, WorkflowHandle};

/// A client of one Explorer server. Cheap to clone; all clones share one session.
///
/// It signs in on the first call, again before the token expires, and once more if the server rejects the token.
///
/// ```no_run
/// # async fn run() -> nebula_explorer::Result<()> {
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
#[derive(Clone)]
pub struct Explorer {
    context: Context,
    store: Arc<dyn SubmissionStore>,
}

impl Explorer {
    /// Starts with the address of Explorer as it is opened in a browser, such as `http://localhost:7002`. A path is kept, for an
    /// Explorer behind a proxy that serves it under one.
    pub fn builder(url: impl Into<String>) -> ExplorerBuilder {
        ExplorerBuilder { setup: Setup::new(url.into()), store: None }
    }

    /// The address of the server.
    pub fn url(&self) -> &str {
        self.context.shared.transport.url()
    }

    /// A workflow, by the id that the web page shows. Sends nothing.
    pub fn workflow(&self, id: i64) -> WorkflowHandle {
        WorkflowHandle::new(self.context.clone(), Arc::clone(&self.store), id)
    }

    /// A job, by its id. Sends nothing.
    pub fn job(&self, id: i64) -> JobHandle {
        JobHandle::new(self.context.clone(), id)
    }

    /// One page of the jobs of all workflows.
    ///
    /// ```no_run
    /// # async fn run(explorer: nebula_explorer::Explorer) -> nebula_explorer::Result<()> {
    /// for job in explorer.jobs().await?.jobs {
    ///     println!("{} {}", job.id, job.status);
    /// }
    /// # Ok(())
    /// # }
    /// ```
    pub fn jobs(&self) -> ListJobs {
        ListJobs::new(self.context.clone(), None)
    }

    /// Follows many jobs at once, until each has ended.
    ///
    /// ```no_run
    /// # async fn run(explorer: nebula_explorer::Explorer) -> nebula_explorer::Result<()> {
    /// let mut watcher = explorer.watch([105, 106]);
    /// while let Some(watched) = watcher.next().await {
    ///     println!("{}: {:?}", watched.job_id, watched.outcome.map(|job| job.status));
    /// }
    /// # Ok(())
    /// # }
    /// ```
    pub fn watch(&self, jobs: impl IntoIterator<Item = i64>) -> Watcher {
        Watcher::new(self.context.clone(), jobs)
    }

    /// Runs many workflows, a limited number at a time. The runs are taken from the iterator as there is room for them.
    ///
    /// ```no_run
    /// # async fn run(explorer: nebula_explorer::Explorer) -> nebula_explorer::Result<()> {
    /// use futures_util::StreamExt as _;
    ///
    /// let workflow = explorer.workflow(4216617528);
    /// let runs = (0..1000).map(move |n| workflow.run().param("query_1", "n", n).idempotency_key(format!("batch-7-{n}")));
    /// let mut ended = explorer.batch(runs).parallel(20).stream();
    /// while let Some(run) = ended.next().await {
    ///     println!("{}: {:?}", run.index, run.outcome.map(|job| job.status));
    /// }
    /// # Ok(())
    /// # }
    /// ```
    pub fn batch<I>(&self, runs: I) -> Batch
    where
        I: IntoIterator<Item = Run>,
        I::IntoIter: Send + 'static,
    {
        Batch::new(Box::new(runs.into_iter()), self.watch([]))
    }

    /// Signs in now instead of on the first call, and returns the token. Signs in only if there is no valid token.
    ///
    /// # Errors
    /// [`Error::SignInFailed`], and the [errors of every call](Error#errors-of-every-call).
    ///
    /// ```no_run
    /// # async fn run(explorer: nebula_explorer::Explorer) -> nebula_explorer::Result<()> {
    /// explorer.sign_in().await?;
    /// println!("the account is valid");
    /// # Ok(())
    /// # }
    /// ```
    pub async fn sign_in(&self) -> Result<Token, Error> {
        self.context.token().await
    }

    /// The session's token, if there is one. Sends nothing.
    pub fn token(&self) -> Option<Token> {
        self.context.shared.session.token()
    }

    /// An authenticated request for any path below the server's address, for what the contract does not cover.
    ///
    /// ```no_run
    /// # async fn run(explorer: nebula_explorer::Explorer) -> nebula_explorer::Result<()> {
    /// let envelope = explorer.request("GET", "/api-open/v1/jobs").query("pageSize", "5").await?;
    /// println!("{}", String::from_utf8_lossy(&envelope));
    /// # Ok(())
    /// # }
    /// ```
    pub fn request(&self, method: impl Into<String>, path: impl Into<String>) -> Request {
        Request::new(self.context.clone(), method.into(), path.into())
    }

    /// The generated client, authenticated: for an operation of the contract that has no method here yet.
    ///
    /// ```no_run
    /// # async fn run(explorer: nebula_explorer::Explorer) -> nebula_explorer::Result<()> {
    /// let client = explorer.client();
    /// let response = client.get_job().job_id(107).send().await.map_err(|error| client.error(error))?;
    /// println!("{:?}", response.into_inner().data.map(|job| job.name));
    /// # Ok(())
    /// # }
    /// ```
    pub fn client(&self) -> Client {
        self.context.shared_client()
    }

    /// The same client with another retry policy: for a single call, or a part of a program.
    ///
    /// ```no_run
    /// # async fn run(explorer: nebula_explorer::Explorer) -> nebula_explorer::Result<()> {
    /// use nebula_explorer::RetryPolicy;
    ///
    /// let job = explorer.with_retry(RetryPolicy::none()).job(107).get().await?;
    /// # let _ = job;
    /// # Ok(())
    /// # }
    /// ```
    pub fn with_retry(&self, retry: RetryPolicy) -> Self {
        Self { context: self.context.with_retry(retry), store: Arc::clone(&self.store) }
    }

    /// What the store has recorded of submissions that match, the latest first: of all servers whose clients use it.
    ///
    /// ```no_run
    /// # async fn run(explorer: nebula_explorer::Explorer) -> nebula_explorer::Result<()> {
    /// use nebula_explorer::{SubmissionFilter, SubmissionState};
    ///
    /// let uncertain = SubmissionFilter::default().state(SubmissionState::Abandoned);
    /// for submission in explorer.submissions(&uncertain).await? {
    ///     println!("{:?} of workflow {}", submission.key, submission.workflow_id);
    /// }
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    /// [`Error::SubmissionStore`].
    pub async fn submissions(&self, filter: &SubmissionFilter) -> Result<Vec<Submission>, Error> {
        let listed = self.store.list(filter).await;
        listed.map_err(|error| Error::SubmissionStore { key: None, job_id: None, source: Arc::new(error) })
    }

    /// A time on the server's clock that is not after now, from the header `Date` of its last response; `None` until it has
    /// responded.
    pub fn server_time(&self) -> Option<Timestamp> {
        self.context.shared.transport.clock.now()
    }
}

impl std::fmt::Debug for Explorer {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Explorer").field("url", &self.context.shared.transport.url()).finish_non_exhaustive()
    }
}

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
    setup: Setup,
    store: Option<Arc<dyn SubmissionStore>>,
}

impl ExplorerBuilder {
    /// The graph service to sign in to, by the address at which Explorer reaches it; not the address of Explorer. Its usual port is
    /// 9669.
    pub fn graph(mut self, address: impl Into<String>, port: u16) -> Self {
        self.setup.graph = Some(types::ConnectRequest { address: address.into(), port: port.into() });
        self
    }

    /// The account, or a token.
    pub fn credentials(mut self, credentials: Credentials) -> Self {
        self.setup.credentials = credentials;
        self
    }

    /// Runs every sign-in inside of `wrap`, to share one session among processes: under a lock of all of them it may return a
    /// [`Token`] that another process has stored meanwhile, or await the sign-in and store its token. A sign-in sends nothing
    /// until it is awaited.
    ///
    /// ```
    /// use nebula_explorer::{Credentials, Explorer};
    ///
    /// let explorer = Explorer::builder("http://localhost:7002")
    ///     .graph("192.168.8.111", 9669)
    ///     .credentials(Credentials::account("root", "nebula"))
    ///     .wrap_sign_in(|sign_in| {
    ///         Box::pin(async {
    ///             let token = sign_in.await?;
    ///             println!("signed in for {:?}", token.remaining());
    ///             Ok(token)
    ///         })
    ///     })
    ///     .build();
    /// assert!(explorer.is_ok());
    /// ```
    pub fn wrap_sign_in(
        mut self,
        wrap: impl Fn(BoxFuture<'static, Result<Token, Error>>) -> BoxFuture<'static, Result<Token, Error>>
        + Send
        + Sync
        + 'static,
    ) -> Self {
        self.setup.wrap_sign_in = Some(SignInWrapper::new(wrap));
        self
    }

    /// How long to wait for a connection; 10 seconds by default. Not used with [`http_client`](Self::http_client).
    pub fn connect_timeout(mut self, timeout: Duration) -> Self {
        self.setup.http.connect_timeout = timeout;
        self
    }

    /// How long the server may be silent: until a response begins, and between two parts of it; 30 seconds by default. It does
    /// not limit how long a large response may take.
    pub fn request_timeout(mut self, timeout: Duration) -> Self {
        self.setup.request_timeout = timeout;
        self
    }

    /// The maximum size of a response, in bytes after decompression; 64 MiB by default. A larger one is rejected while it arrives.
    pub fn max_response_bytes(mut self, bytes: usize) -> Self {
        self.setup.max_response_bytes = bytes;
        self
    }

    /// Which calls are retried; see [`RetryPolicy`].
    pub fn retry(mut self, policy: RetryPolicy) -> Self {
        self.setup.retry = policy;
        self
    }

    /// Trusts these certificate authorities in addition to those of the platform: any number of certificates in PEM. A
    /// self-signed certificate is trusted for the server that has it, as long as the host name matches. Not used with [`http_client`](Self::http_client).
    #[cfg(feature = "rustls")]
    pub fn certificate_authorities(mut self, pem: impl Into<Vec<u8>>) -> Self {
        self.setup.http.certificate_authorities = pem.into();
        self
    }

    /// Presents a client certificate to the server: the certificate, those that issued it, and its private key, in PEM. Not used
    /// with [`http_client`](Self::http_client).
    #[cfg(feature = "rustls")]
    pub fn client_certificate(mut self, pem: impl Into<SecretString>) -> Self {
        self.setup.http.client_certificate = Some(pem.into());
        self
    }

    /// The header `User-Agent`; `nebula-explorer/` and the version by default. Not used with
    /// [`http_client`](Self::http_client).
    ///
    /// # Errors
    /// [`Error::InvalidInput`] for a text that a header cannot contain.
    pub fn user_agent(mut self, text: &str) -> Result<Self, Error> {
        self.setup.http.user_agent = HeaderValue::from_str(text).map_err(|_| {
            Error::InvalidInput("the user agent contains characters that a header cannot contain".into())
        })?;
        Ok(self)
    }

    /// Adds a header to every request, for example one that a single sign-on gateway in front of Explorer requires. Its value is
    /// treated as a secret. Several headers of one name are sent one after the other; `Cookie` is sent beside the session's own.
    pub fn header(mut self, name: impl Into<String>, value: impl Into<SecretString>) -> Self {
        self.setup.headers.push((name.into(), value.into()));
        self
    }

    /// Uses this HTTP client for all calls: for a proxy or a shared connection pool.
    ///
    /// Build it with `redirect(Policy::none())`. With a client that follows redirects, a response from another address is still an
    /// error, but the request has been sent there.
    pub fn http_client(mut self, client: reqwest::Client) -> Self {
        self.setup.http_client = Some(client);
        self
    }

    /// Where submissions are recorded: in the memory of this client by default. Processes that use the same
    /// [idempotency keys](crate::Run::idempotency_key) must share a store.
    pub fn submission_store(mut self, store: Arc<dyn SubmissionStore>) -> Self {
        self.store = Some(store);
        self
    }

    /// Checks the values. Sends nothing.
    ///
    /// # Errors
    /// [`Error::InvalidInput`] for an invalid address or certificate, or if there is neither a token nor an account with a graph
    /// service; [`Error::ClientSetup`] if no HTTP client can be created.
    pub fn build(self) -> Result<Explorer, Error> {
        let store = self.store.unwrap_or_else(|| Arc::new(MemoryStore::default()));
        Ok(Explorer { context: self.setup.connect()?, store })
    }
}
