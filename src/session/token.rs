//! The session's token, and when it has to be renewed.

use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use cookie::Cookie;
use http::header::SET_COOKIE;
use http::{HeaderMap, HeaderValue};
use secrecy::{ExposeSecret as _, SecretString};
use tokio::time::Instant;

use crate::contract::operations::SESSION_COOKIE;

/// A session's token and its remaining lifetime.
///
/// A token is as secret as a password, because its readable part contains one: `Debug` does not show it.
///
/// ```no_run
/// # async fn run(explorer: nebula_explorer::Explorer) -> nebula_explorer::Result<()> {
/// let token = explorer.sign_in().await?;
/// println!("signed in for {:?}", token.remaining());
/// # Ok(())
/// # }
/// ```
#[derive(Clone)]
pub struct Token {
    // Shared, because every call takes a copy of the token.
    secret: Arc<SecretString>,
    /// `name=value` each.
    other_cookies: Arc<[String]>,
    cookie: Option<HeaderValue>,
    deadline: Option<Instant>,
    renew_at: Option<Instant>,
}

/// A token is renewed this long before it expires, or a tenth of its lifetime before if that is shorter.
const RENEWAL_MARGIN: Duration = Duration::from_secs(60);

/// How long to wait after a failed renewal before the next.
const RENEWAL_PAUSE: Duration = Duration::from_secs(10);

impl Token {
    /// A token that the caller already has, and the [other cookies](Self::other_cookies) of its session. Its lifetime is not
    /// known.
    ///
    /// ```
    /// let token = nebula_explorer::Token::new("eyJhbxxx", ["SRV=explorer-1".to_string()]);
    /// assert!(token.remaining().is_none());
    /// ```
    pub fn new(secret: impl Into<SecretString>, other_cookies: impl IntoIterator<Item = String>) -> Self {
        Self::without_expiry(secret.into(), &Vec::from_iter(other_cookies))
    }

    /// A token whose lifetime is not known.
    pub(crate) fn without_expiry(secret: SecretString, other_cookies: &[String]) -> Self {
        let cookie = cookie_header(&secret, other_cookies);
        Self { cookie, secret: Arc::new(secret), other_cookies: other_cookies.into(), deadline: None, renew_at: None }
    }

    /// The token in the response to a sign-in. A cookie whose attributes are malformed or missing still holds a token.
    pub(crate) fn from_response(headers: &HeaderMap) -> Option<Self> {
        let cookies: Vec<Cookie<'_>> = headers
            .get_all(SET_COOKIE)
            .iter()
            .filter_map(|header| Cookie::parse(std::str::from_utf8(header.as_bytes()).ok()?).ok())
            .collect();
        // Some servers delete the old cookie in the same response: the last one that is not a deletion counts.
        let is_deletion =
            |cookie: &&Cookie<'_>| cookie.value().is_empty() || cookie.max_age().is_some_and(|age| !age.is_positive());
        let kept = || cookies.iter().filter(|cookie| !is_deletion(cookie));
        let is_session = |cookie: &&Cookie<'_>| cookie.name() == SESSION_COOKIE && !cookie.value().is_empty();
        let cookie = kept().rfind(is_session).or_else(|| cookies.iter().rfind(is_session))?;
        // A load balancer sends its own, by which it finds the server that the token is valid on.
        let others: Vec<String> = kept()
            .filter(|cookie| cookie.name() != SESSION_COOKIE)
            .map(|cookie| format!("{}={}", cookie.name(), cookie.value()))
            .collect();
        let secret = SecretString::from(cookie.value());
        let lifetime = cookie.max_age().and_then(|age| u64::try_from(age.whole_seconds()).ok()).filter(|&age| age > 0);
        let now = Instant::now();
        // A lifetime too long to be represented counts as unknown.
        let deadline = lifetime.and_then(|seconds| now.checked_add(Duration::from_secs(seconds)));
        let renew_at = deadline.map(|deadline| deadline - RENEWAL_MARGIN.min((deadline - now) / 10));
        Some(Self {
            cookie: cookie_header(&secret, &others),
            secret: Arc::new(secret),
            other_cookies: others.into(),
            deadline,
            renew_at,
        })
    }

    /// The token itself, to send it or to store it in a safe place.
    pub fn secret(&self) -> &SecretString {
        &self.secret
    }

    /// The other cookies of the server, `name=value` each: a load balancer's own, which has to be sent back with the token.
    pub fn other_cookies(&self) -> &[String] {
        &self.other_cookies
    }

    /// Its secrets, to redact them. Short values of other cookies are names of servers, and would hide parts of every text.
    pub(crate) fn secrets(&self) -> impl Iterator<Item = SecretString> {
        const SHORTEST: usize = 8;
        let values = self.other_cookies.iter().filter_map(|cookie| Some(cookie.split_once('=')?.1));
        let others = values.filter(|value| value.len() >= SHORTEST).map(SecretString::from);
        std::iter::once(SecretString::clone(&self.secret)).chain(others)
    }

    /// The header `Cookie`; `None` for a token that a header cannot contain.
    pub(crate) fn cookie(&self) -> Option<HeaderValue> {
        self.cookie.clone()
    }

    /// The remaining lifetime; `None` if the server did not state it, zero once the token has expired.
    pub fn remaining(&self) -> Option<Duration> {
        self.deadline.map(|deadline| deadline.saturating_duration_since(Instant::now()))
    }

    /// Whether it can no longer be used.
    pub(crate) fn has_expired(&self) -> bool {
        self.deadline.is_some_and(|deadline| deadline <= Instant::now())
    }

    /// The same token, to be renewed a little later: a renewal has just failed.
    pub(crate) fn renewed_later(&self) -> Self {
        let later = Instant::now() + RENEWAL_PAUSE;
        let renew_at = self.deadline.map(|deadline| deadline.min(later));
        Self { renew_at, ..self.clone() }
    }

    /// Whether it is time to renew it.
    pub(crate) fn needs_renewal(&self) -> bool {
        self.renew_at.is_some_and(|time| time <= Instant::now())
    }
}

fn cookie_header(secret: &SecretString, others: &[String]) -> Option<HeaderValue> {
    let session = format!("{SESSION_COOKIE}={}", secret.expose_secret());
    let cookies = std::iter::once(session.as_str()).chain(others.iter().map(String::as_str)).collect::<Vec<_>>();
    let mut value = HeaderValue::from_str(&cookies.join("; ")).ok()?;
    value.set_sensitive(true);
    Some(value)
}

impl fmt::Debug for Token {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Token").field("remaining", &self.remaining()).finish_non_exhaustive()
    }
}
