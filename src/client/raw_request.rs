//! Authenticated requests for any path, for what the contract does not cover.

use std::future::IntoFuture;

use bytes::Bytes;
use futures_util::future::BoxFuture;
use http::Method;
use reqwest::Url;
use serde_json::Value;

use crate::client::context::Context;
use crate::contract::operations::Operation;
use crate::error::Error;
use crate::transport::transport::JSON;

/// A request for any path below the server's address. Returned by [`Explorer::request`](crate::Explorer::request). Nothing is
/// sent until it is awaited; the result is the complete envelope, as the bytes that the server sent.
///
/// Authentication, retries and limits are those of every other call. A response that is not an envelope, or an envelope with an
/// error code, is an error.
///
/// # Errors
/// [`Error::InvalidInput`] for a path that does not start with a slash and for a method other than GET, POST, PUT, PATCH and
/// DELETE, and the [errors of every call](Error#errors-of-every-call).
///
/// ```no_run
/// # async fn run(explorer: nebula_explorer::Explorer) -> nebula_explorer::Result<()> {
/// let envelope = explorer.request("GET", "/api-open/v1/jobs").query("pageSize", "5").await?;
/// println!("{}", String::from_utf8_lossy(&envelope));
/// # Ok(())
/// # }
/// ```
#[derive(Clone, Debug)]
#[must_use = "nothing is sent until it is awaited"]
pub struct Request {
    context: Context,
    method: String,
    path: String,
    query: Vec<(String, String)>,
    body: Option<Value>,
}

impl Request {
    pub(crate) fn new(context: Context, method: String, path: String) -> Self {
        Self { context, method, path, query: Vec::new(), body: None }
    }

    /// Adds a parameter to the query.
    pub fn query(mut self, name: impl Into<String>, value: impl Into<String>) -> Self {
        self.query.push((name.into(), value.into()));
        self
    }

    /// Sends this as the body.
    pub fn json(mut self, body: Value) -> Self {
        self.body = Some(body);
        self
    }

    async fn send(self) -> Result<Bytes, Error> {
        let (operation, request) = self.prepare()?;
        Ok(self.context.call(operation, &request).await?.body)
    }

    fn prepare(&self) -> Result<(&'static Operation, reqwest::Request), Error> {
        let invalid = |problem: String| Error::InvalidInput(problem);
        if !self.path.starts_with('/') {
            return Err(invalid(format!("the path `{}` does not start with a slash", self.path)));
        }
        let operation = Operation::of_request(&self.method, &self.path).ok_or_else(|| {
            invalid(format!("the method `{}` is not one of GET, POST, PUT, PATCH and DELETE", self.method))
        })?;
        let method = Method::from_bytes(operation.method.as_bytes()).map_err(|error| invalid(error.to_string()))?;
        let mut url = Url::parse(&format!("{}{}", self.context.shared.transport.url(), self.path))
            .map_err(|error| invalid(format!("the path `{}` does not form a URL: {error}", self.path)))?;
        if !self.query.is_empty() {
            url.query_pairs_mut().extend_pairs(&self.query);
        }
        let mut request = reqwest::Request::new(method, url);
        if let Some(body) = &self.body {
            request.headers_mut().insert(http::header::CONTENT_TYPE, JSON.clone());
            *request.body_mut() = Some(body.to_string().into());
        }
        Ok((operation, request))
    }
}

impl IntoFuture for Request {
    type Output = Result<Bytes, Error>;
    type IntoFuture = BoxFuture<'static, Self::Output>;

    fn into_future(self) -> Self::IntoFuture {
        Box::pin(self.send())
    }
}
