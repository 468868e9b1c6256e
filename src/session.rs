//! Who you are: the session's token, when to get a new one, and that one sign-in serves everybody who waits for it.

use std::fmt;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use cookie::Cookie;
use http::header::SET_COOKIE;
use http::{HeaderMap, HeaderValue};
use secrecy::{ExposeSecret as _, SecretString};
use tokio::sync::OnceCell;
use tokio::time::Instant;

use crate::error::Error;
use crate::generated::SESSION_COOKIE;

/// A session's token, with the time that it is good for.
///
/// A token is guarded like a password, because its readable part holds one: `Debug` does not show it.
#[derive(Clone)]
pub struct Token {
    // Shared, because every call takes a copy of the token.
    secret: Arc<SecretString>,
    cookie: Option<HeaderValue>,
    deadline: Option<Instant>,
    renew_at: Option<Instant>,
}

/// A token is renewed this long before it runs out, or earlier by a tenth of its life if that is shorter.
const RENEWAL_MARGIN: Duration = Duration::from_secs(60);

impl Token {
    /// A token of a life that is not known.
    pub(crate) fn of_unknown_life(secret: SecretString) -> Self {
        Self { cookie: cookie_of(&secret), secret: Arc::new(secret), deadline: None, renew_at: None }
    }

    /// The token in the answer to a sign-in. A cookie whose attributes are odd or missing is still a token.
    pub(crate) fn from_answer(headers: &HeaderMap) -> Option<Self> {
        let cookie = headers
            .get_all(SET_COOKIE)
            .iter()
            .filter_map(|header| Cookie::parse(std::str::from_utf8(header.as_bytes()).ok()?).ok())
            .find(|cookie| cookie.name() == SESSION_COOKIE && !cookie.value().is_empty())?;
        let secret = SecretString::from(cookie.value());
        let life = cookie.max_age().and_then(|age| u64::try_from(age.whole_seconds()).ok()).filter(|&age| age > 0);
        let now = Instant::now();
        // A life too long to be counted is as good as one that is not known.
        let deadline = life.and_then(|seconds| now.checked_add(Duration::from_secs(seconds)));
        let renew_at = deadline.map(|deadline| deadline - RENEWAL_MARGIN.min((deadline - now) / 10));
        Some(Self { cookie: cookie_of(&secret), secret: Arc::new(secret), deadline, renew_at })
    }

    /// The token itself, to send it or to keep it in a safe place.
    pub fn secret(&self) -> &SecretString {
        &self.secret
    }

    /// What the header `Cookie` says; `None` for a token that no header can hold.
    pub(crate) fn cookie(&self) -> Option<HeaderValue> {
        self.cookie.clone()
    }

    /// How long the token is still good for; `None` if the server did not say. Zero once it has run out.
    pub fn remaining(&self) -> Option<Duration> {
        self.deadline.map(|deadline| deadline.saturating_duration_since(Instant::now()))
    }

    fn is_due(&self) -> bool {
        self.renew_at.is_some_and(|time| time <= Instant::now())
    }
}

fn cookie_of(secret: &SecretString) -> Option<HeaderValue> {
    let mut value = HeaderValue::from_str(&format!("{SESSION_COOKIE}={}", secret.expose_secret())).ok()?;
    value.set_sensitive(true);
    Some(value)
}

impl fmt::Debug for Token {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Token").field("remaining", &self.remaining()).finish_non_exhaustive()
    }
}

/// The token that all calls of one client share.
pub(crate) struct Session {
    current: Mutex<Arc<SignIn>>,
    tickets: AtomicU64,
}

/// One sign-in, under way or done. Whoever waits for it gets its outcome.
pub(crate) struct SignIn {
    outcome: OnceCell<Outcome>,
}

struct Outcome {
    result: Result<Token, Error>,
    /// The next ticket when it was done: calls with an earlier one began before.
    done_at: u64,
}

/// When a call began, in the order of calls.
#[derive(Clone, Copy)]
pub(crate) struct Ticket(u64);

impl Session {
    pub(crate) fn new(token: Option<SecretString>) -> Self {
        let outcome = token.map(|secret| Outcome { result: Ok(Token::of_unknown_life(secret)), done_at: 0 });
        Self {
            current: Mutex::new(Arc::new(SignIn { outcome: OnceCell::new_with(outcome) })),
            tickets: AtomicU64::new(0),
        }
    }

    pub(crate) fn ticket(&self) -> Ticket {
        Ticket(self.tickets.fetch_add(1, Ordering::Relaxed))
    }

    /// The sign-in that answers for a call: the one that gave the current token, the one under way, or a new one.
    pub(crate) fn sign_in(&self, ticket: Ticket) -> Arc<SignIn> {
        let mut current = self.lock();
        let renew = current.outcome.get().is_some_and(|outcome| match &outcome.result {
            Ok(token) => token.is_due(),
            // A refusal answers every call that began before it, and no later one.
            Err(_) => outcome.done_at <= ticket.0,
        });
        if renew {
            *current = Arc::default();
        }
        Arc::clone(&current)
    }

    /// As [`Session::sign_in`], after the server has refused the token of `refused`.
    pub(crate) fn sign_in_again(&self, refused: &Arc<SignIn>, ticket: Ticket) -> Arc<SignIn> {
        {
            let mut current = self.lock();
            if Arc::ptr_eq(&current, refused) {
                *current = Arc::default();
            }
        }
        self.sign_in(ticket)
    }

    /// Runs the sign-in, unless it has been run or somebody runs it already. One whose caller goes away is taken over by the
    /// next who waits.
    pub(crate) async fn outcome<F>(&self, sign_in: &SignIn, run: impl FnOnce() -> F) -> Result<Token, Error>
    where
        F: Future<Output = Result<Token, Error>>,
    {
        let outcome = sign_in.outcome.get_or_init(|| async {
            let result = run().await;
            Outcome { result, done_at: self.tickets.load(Ordering::Relaxed) }
        });
        outcome.await.result.clone()
    }

    /// The current token, if there is one.
    pub(crate) fn token(&self) -> Option<Token> {
        self.lock().outcome.get()?.result.as_ref().ok().cloned()
    }

    fn lock(&self) -> MutexGuard<'_, Arc<SignIn>> {
        self.current.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Default for SignIn {
    fn default() -> Self {
        Self { outcome: OnceCell::new() }
    }
}

/// Takes secrets out of a text, wherever they came from.
pub(crate) fn redact(text: &str, secrets: impl Iterator<Item = SecretString>) -> Option<String> {
    let mut redacted = None::<String>;
    for secret in secrets {
        let secret = secret.expose_secret();
        let text = redacted.as_deref().unwrap_or(text);
        // A password of one or two letters is found in every text and hidden in none.
        if secret.len() > 2 && text.contains(secret) {
            redacted = Some(text.replace(secret, "[redacted]"));
        }
    }
    redacted
}
