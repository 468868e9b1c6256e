//! The sessions of signed-in clients and their tokens.
//!
//! A token is a JSON Web Token like the real server's: its payload contains the account with the password in plain text, which is
//! why a token must be protected like a password.

use std::collections::BTreeSet;
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
use crate::lock::lock;

/// The sessions of one emulator.
pub(crate) struct Sessions {
    encoding_key: EncodingKey,
    decoding_key: DecodingKey,
    token_life: Duration,
    open: Mutex<OpenSessions>,
}

/// How many sessions are kept; opening another one closes the oldest.
const CAPACITY: usize = 10_000;

#[derive(Default)]
struct OpenSessions {
    /// Counts up and is never reset, so that the token of a closed session never becomes valid again.
    last: u64,
    /// The numbers of the open sessions, the oldest first.
    numbers: BTreeSet<u64>,
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
    pub(crate) fn new(token_life: Duration) -> Self {
        // A key for each emulator, so that it rejects the tokens of others.
        let key: [u8; 32] = rand::random();
        Self {
            encoding_key: EncodingKey::from_secret(&key),
            decoding_key: DecodingKey::from_secret(&key),
            token_life,
            open: Mutex::default(),
        }
    }

    /// How long a token is valid, in whole seconds.
    pub(crate) fn token_life_seconds(&self) -> u64 {
        self.token_life.as_secs()
    }

    /// Opens a session and returns its token.
    pub(crate) fn open(&self, user: String, password: String, now: Timestamp) -> Result<String, JwtError> {
        let session = lock(&self.open).add();
        let claims = Claims { user, password, session, expires: after(now, self.token_life) };
        encode(&Header::new(ALGORITHM), &claims, &self.encoding_key)
    }

    /// Verifies the token of a request.
    pub(crate) fn check(&self, token: Option<&str>, now: Timestamp) -> Result<(), TokenError> {
        let claims = self.claims(token.ok_or(TokenError::Missing)?)?;
        if claims.expires <= now {
            return Err(TokenError::Expired);
        }
        match lock(&self.open).numbers.contains(&claims.session) {
            true => Ok(()),
            false => Err(TokenError::SessionClosed),
        }
    }

    /// Closes the session of a token.
    pub(crate) fn close(&self, token: &str) {
        if let Ok(claims) = self.claims(token) {
            lock(&self.open).numbers.remove(&claims.session);
        }
    }

    /// Closes all sessions, as a restart of the real server does.
    pub(crate) fn close_all(&self) {
        lock(&self.open).numbers.clear();
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
    fn add(&mut self) -> u64 {
        self.last += 1;
        self.numbers.insert(self.last);
        if self.numbers.len() > CAPACITY {
            self.numbers.pop_first();
        }
        self.last
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tokens_of_closed_sessions_never_become_valid_again() {
        let sessions = Sessions::new(Duration::from_secs(60));
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
