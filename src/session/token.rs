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
    cookie: Option<HeaderValue>,
    deadline: Option<Instant>,
    renew_at: Option<Instant>,
}

/// A token is renewed this long before it expires, or a tenth of its lifetime before if that is shorter.
const RENEWAL_MARGIN: Duration = Duration::from_secs(60);

impl Token {
    /// A token whose lifetime is not known.
    pub(crate) fn without_expiry(secret: SecretString) -> Self {
        Self { cookie: cookie_header(&secret), secret: Arc::new(secret), deadline: None, renew_at: None }
    }

    /// The token in the response to a sign-in. A cookie whose attributes are malformed or missing still holds a token.
    pub(crate) fn from_response(headers: &HeaderMap) -> Option<Self> {
        let cookie = headers
            .get_all(SET_COOKIE)
            .iter()
            .filter_map(|header| Cookie::parse(std::str::from_utf8(header.as_bytes()).ok()?).ok())
            .find(|cookie| cookie.name() == SESSION_COOKIE && !cookie.value().is_empty())?;
        let secret = SecretString::from(cookie.value());
        let lifetime = cookie.max_age().and_then(|age| u64::try_from(age.whole_seconds()).ok()).filter(|&age| age > 0);
        let now = Instant::now();
        // A lifetime too long to be represented counts as unknown.
        let deadline = lifetime.and_then(|seconds| now.checked_add(Duration::from_secs(seconds)));
        let renew_at = deadline.map(|deadline| deadline - RENEWAL_MARGIN.min((deadline - now) / 10));
        Some(Self { cookie: cookie_header(&secret), secret: Arc::new(secret), deadline, renew_at })
    }

    /// The token itself, to send it or to store it in a safe place.
    pub fn secret(&self) -> &SecretString {
        &self.secret
    }

    /// The header `Cookie`; `None` for a token that a header cannot contain.
    pub(crate) fn cookie(&self) -> Option<HeaderValue> {
        self.cookie.clone()
    }

    /// The remaining lifetime; `None` if the server did not state it, zero once the token has expired.
    pub fn remaining(&self) -> Option<Duration> {
        self.deadline.map(|deadline| deadline.saturating_duration_since(Instant::now()))
    }

    /// Whether it is time to renew it.
    pub(crate) fn needs_renewal(&self) -> bool {
        self.renew_at.is_some_and(|time| time <= Instant::now())
    }
}

fn cookie_header(secret: &SecretString) -> Option<HeaderValue> {
    let mut value = HeaderValue::from_str(&format!("{SESSION_COOKIE}={}", secret.expose_secret())).ok()?;
    value.set_sensitive(true);
    Some(value)
}

impl fmt::Debug for Token {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Token").field("remaining", &self.remaining()).finish_non_exhaustive()
    }
}
