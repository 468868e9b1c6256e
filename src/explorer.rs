//! The entry point: a client of one Explorer server.

use std::sync::Arc;

use jiff::Timestamp;

use crate::client::context::Context;
use crate::client::raw_request::Request;
use crate::contract::generated::Client;
use crate::error::Error;
use crate::jobs::handle::JobHandle;
use crate::jobs::list::ListJobs;
use crate::jobs::watch::Watcher;
use crate::session::token::Token;
use crate::transport::retry::RetryPolicy;
use crate::workflows::store::Submissions;
use crate::workflows::workflow::WorkflowHandle;

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
    submissions: Arc<Submissions>,
}

impl Explorer {
    pub(crate) fn new(context: Context) -> Self {
        Self { context, submissions: Arc::default() }
    }

    /// A workflow, by the id that the web page shows. Sends nothing.
    pub fn workflow(&self, id: i64) -> WorkflowHandle {
        WorkflowHandle::new(self.context.clone(), Arc::clone(&self.submissions), id)
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
    /// println!("{}", response.into_inner().data.name);
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
        Self { context: self.context.with_retry(retry), submissions: Arc::clone(&self.submissions) }
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
