//! A call of any path, signed in: for what the contract does not have.

use std::future::IntoFuture;

use bytes::Bytes;
use futures_util::future::BoxFuture;
use http::Method;
use reqwest::Url;
use serde_json::Value;

use crate::error::{Error, Refusal};
use crate::explorer::Explorer;
use crate::generated::types;
use crate::hooks::JSON;
use crate::operations::{Operation, Security};

/// A call of any path below the server's address. Made by [`Explorer::request`]. Nothing is sent until it is awaited; then the
/// whole envelope comes back, as the bytes that the server sent.
///
/// It is signed in, retried and bounded as every other call is, and an answer that is no envelope, or one with an error code,
/// is an error.
///
/// # Errors
/// [`Error::Usage`] for a path that does not begin with a slash and for a method other than GET, POST, PUT, PATCH and DELETE, and
/// the errors of every call.
///
/// ```no_run
/// # async fn run(explorer: nebula_explorer::Explorer) -> Result<(), nebula_explorer::Error> {
/// let envelope = explorer.request("GET", "/api-open/v1/jobs").query("pageSize", "5").await?;
/// println!("{}", String::from_utf8_lossy(&envelope));
/// # Ok(())
/// # }
/// ```
#[derive(Clone, Debug)]
#[must_use = "nothing is sent until it is awaited"]
pub struct Request {
    explorer: Explorer,
    method: String,
    path: String,
    query: Vec<(String, String)>,
    body: Option<Value>,
}

impl Request {
    pub(crate) fn new(explorer: Explorer, method: String, path: String) -> Self {
        Self { explorer, method, path, query: Vec::new(), body: None }
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
        let client = self.explorer.client();
        let (operation, request) = self.prepare(&client.baseurl)?;
        let answer = client.inner.call(operation, &request).await?;
        if answer.error.is_none() {
            return Ok(answer.body);
        }
        let envelope: types::ErrorResponse =
            serde_json::from_slice(&answer.body).map_err(|error| answer.invalid(operation.id, error.to_string()))?;
        let refusal = Refusal::new(envelope, operation.id, answer.status.as_u16(), answer.trace_id());
        Err(match operation.security {
            Security::Account => Error::SignInRefused(Box::new(refusal)),
            Security::Session => Error::Refused(Box::new(refusal)),
        })
    }

    fn prepare(&self, base: &str) -> Result<(&'static Operation, reqwest::Request), Error> {
        let usage = |problem: String| Error::Usage(problem);
        if !self.path.starts_with('/') {
            return Err(usage(format!("the path `{}` does not begin with a slash", self.path)));
        }
        let operation = Operation::of_request(&self.method, &self.path)
            .ok_or_else(|| usage(format!("the method `{}` is none of GET, POST, PUT, PATCH, DELETE", self.method)))?;
        let method = Method::from_bytes(operation.method.as_bytes()).map_err(|error| usage(error.to_string()))?;
        let mut url = Url::parse(&format!("{base}{}", self.path))
            .map_err(|error| usage(format!("the path `{}` makes no address: {error}", self.path)))?;
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
