//! The sessions of signed-in clients and their tokens.
//!
//! A token is a JSON Web Token like the real server's: its payload contains the account with the password in plain text, which is
//! why a token must be protected like a password.

use std::collections::BTreeMap;
use std::sync::Mutex;
use std::time::Duration;

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use jiff::Timestamp;
use jsonwebtoken::errors::Error as JwtError;
use jsonwebtoken::{Algorithm, DecodingKey, EncodingKey, Header, Validation, decode, encode};
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use crate::clock::after;
use crate::defaults::SESSION_IDLE_TIMEOUT;
use crate::lock::lock;

/// The sessions of one emulator.
pub(crate) struct Sessions {
    encoding_key: EncodingKey,
    decoding_key: DecodingKey,
    token_life: Duration,
    /// How many sessions an account may have.
    limit: Option<usize>,
    open: Mutex<OpenSessions>,
}

/// How many sessions are kept; opening another one closes the oldest.
const CAPACITY: usize = 10_000;

#[derive(Default)]
struct OpenSessions {
    /// Counts up and is never reset, so that the token of a closed session never becomes valid again.
    last: u64,
    /// The open sessions by number, the oldest first.
    by_number: BTreeMap<u64, GraphSession>,
}

/// A session in the graph service, which nothing ends but its own timeout.
struct GraphSession {
    user: String,
    last_used: Timestamp,
    /// Whether its token is still valid, as far as the server knows.
    is_known: bool,
}

/// Why no session is opened.
#[derive(Debug, thiserror::Error)]
pub(crate) enum OpenError {
    /// In the words of the graph service, as public reports quote it.
    #[error(
        "failed to authenticate, error code: -1005, error msg: Create Session failed: Too many sessions created from \
         127.0.0.1 by user {user}. the threshold is {limit}. You can change it by modifying \
         'max_sessions_per_ip_per_user' in nebula-graphd.conf"
    )]
    TooMany { user: String, limit: usize },
    #[error(transparent)]
    Token(#[from] JwtError),
}

#[derive(Serialize, Deserialize)]
struct Claims {
    user: String,
    password: String,
    session: u64,
    expires: Timestamp,
}

/// Why a token is rejected, in the words of the real server.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub(crate) enum TokenError {
    #[error("http: named cookie not present")]
    Missing,
    #[error("that's not even a token")]
    Malformed,
    #[error("couldn't handle this token")]
    Signature,
    #[error("token is expired")]
    Expired,
    #[error("get client error: client not existed, session expired")]
    SessionClosed,
}

impl Sessions {
    pub(crate) fn new(token_life: Duration, limit: Option<usize>) -> Self {
        // A key for each emulator, so that it rejects the tokens of others.
        let key: [u8; 32] = rand::random();
        Self {
            encoding_key: EncodingKey::from_secret(&key),
            decoding_key: DecodingKey::from_secret(&key),
            token_life,
            limit,
            open: Mutex::default(),
        }
    }

    /// How long a token is valid, in whole seconds.
    pub(crate) fn token_life_seconds(&self) -> u64 {
        self.token_life.as_secs()
    }

    /// Opens a session and returns its token.
    pub(crate) fn open(&self, user: String, password: String, now: Timestamp) -> Result<String, OpenError> {
        let mut open = lock(&self.open);
        open.end_unused(now);
        if let Some(limit) = self.limit.filter(|limit| open.count(&user) >= *limit) {
            return Err(OpenError::TooMany { user, limit });
        }
        let session = open.add(&user, now);
        let claims = Claims { user, password, session, expires: after(now, self.token_life) };
        Ok(encode(&Header::new(ALGORITHM), &claims, &self.encoding_key)?)
    }

    /// Verifies the token of a request.
    pub(crate) fn check(&self, token: Option<&str>, now: Timestamp) -> Result<(), TokenError> {
        let claims = self.claims(token.ok_or(TokenError::Missing)?)?;
        if claims.expires <= now {
            return Err(TokenError::Expired);
        }
        let mut open = lock(&self.open);
        open.end_unused(now);
        let session = open.by_number.get_mut(&claims.session).filter(|session| session.is_known);
        session.ok_or(TokenError::SessionClosed)?.last_used = now;
        Ok(())
    }

    /// Forgets the session of a token, which stays open in the graph service.
    pub(crate) fn close(&self, token: &str) {
        if let Ok(claims) = self.claims(token)
            && let Some(session) = lock(&self.open).by_number.get_mut(&claims.session)
        {
            session.is_known = false;
        }
    }

    /// Forgets all sessions, as a restart of the real server does.
    pub(crate) fn close_all(&self) {
        lock(&self.open).by_number.values_mut().for_each(|session| session.is_known = false);
    }

    fn claims(&self, token: &str) -> Result<Claims, TokenError> {
        let mut validation = Validation::new(ALGORITHM);
        // Expiry follows the emulator's clock, which tests can pause; jsonwebtoken reads the system's.
        validation.validate_exp = false;
        validation.required_spec_claims.clear();
        let decoded = decode(token, &self.decoding_key, &validation);
        decoded.map(|decoded| decoded.claims).map_err(|_| match is_token(token) {
            true => TokenError::Signature,
            false => TokenError::Malformed,
        })
    }
}

/// Whether a text has the form of a token, whoever signed it: three parts, the first two of which are JSON objects.
fn is_token(text: &str) -> bool {
    let is_object = |part: &str| {
        let decoded = URL_SAFE_NO_PAD.decode(part).unwrap_or_default();
        serde_json::from_slice::<Map<String, Value>>(&decoded).is_ok()
    };
    let parts: Vec<&str> = text.split('.').collect();
    matches!(parts[..], [header, claims, _] if is_object(header) && is_object(claims))
}

const ALGORITHM: Algorithm = Algorithm::HS256;

impl OpenSessions {
    fn add(&mut self, user: &str, now: Timestamp) -> u64 {
        self.last += 1;
        self.by_number.insert(self.last, GraphSession { user: user.into(), last_used: now, is_known: true });
        if self.by_number.len() > CAPACITY {
            self.by_number.pop_first();
        }
        self.last
    }

    fn count(&self, user: &str) -> usize {
        self.by_number.values().filter(|session| session.user == user).count()
    }

    fn end_unused(&mut self, now: Timestamp) {
        self.by_number.retain(|_, session| after(session.last_used, SESSION_IDLE_TIMEOUT) > now);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tokens_of_closed_sessions_never_become_valid_again() {
        let sessions = Sessions::new(Duration::from_secs(60), None);
        let now = Timestamp::UNIX_EPOCH;
        let open = || sessions.open("root".into(), "nebula".into(), now).ok();
        let check = |token: &Option<String>| sessions.check(token.as_deref(), now);

        let closed = open();
        assert_eq!(check(&closed), Ok(()));
        sessions.close(closed.as_deref().unwrap_or_default());
        let next = open();
        assert_eq!((check(&closed), check(&next)), (Err(TokenError::SessionClosed), Ok(())));

        sessions.close_all();
        let last = open();
        for token in [closed, next] {
            assert_eq!(check(&token), Err(TokenError::SessionClosed));
        }
        assert_eq!(check(&last), Ok(()));
    }
}
