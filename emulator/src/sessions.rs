//! Accounts, and the tokens of those who have signed in.
//!
//! A token is a JSON Web Token like the real server's: its readable part holds the account with the password in plain text,
//! which is why a token is guarded like a password.

use std::collections::BTreeSet;
use std::sync::Mutex;
use std::time::Duration;

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use hmac::{Hmac, KeyInit as _, Mac as _};
use jiff::Timestamp;
use nebula_explorer::ErrorCode;
use serde::{Deserialize, Serialize};
use sha2::Sha256;

use crate::api::envelope::ApiError;
use crate::clock::after;
use crate::lock::lock;

/// The sessions of one emulator.
pub(crate) struct Sessions {
    /// Made anew for every emulator, so that each refuses the tokens of the others.
    key: [u8; 32],
    life: Duration,
    /// The sessions that are known, the oldest first.
    known: Mutex<BTreeSet<u64>>,
}

/// How many sessions are remembered; the oldest is forgotten for a new one beyond that.
const KNOWN: usize = 10_000;

#[derive(Serialize, Deserialize)]
struct Claims {
    user: String,
    password: String,
    session: u64,
    /// The end of the token's life, in milliseconds since 1970.
    expires: i64,
}

impl Sessions {
    pub(crate) fn new(life: Duration) -> Self {
        Self { key: rand::random(), life, known: Mutex::default() }
    }

    /// How long a token lives, in whole seconds.
    pub(crate) fn life_seconds(&self) -> u64 {
        self.life.as_secs()
    }

    /// A token for an account that has been checked.
    pub(crate) fn open(&self, user: String, password: String, now: Timestamp) -> String {
        let mut known = lock(&self.known);
        let session = known.last().map_or(1, |last| last + 1);
        known.insert(session);
        if known.len() > KNOWN {
            known.pop_first();
        }
        let expires = after(now, self.life).as_millisecond();
        let claims = Claims { user, password, session, expires };
        let encoded = |value: String| URL_SAFE_NO_PAD.encode(value);
        let payload = serde_json::to_string(&claims).unwrap_or_default();
        let signed = format!("{}.{}", encoded(r#"{"alg":"HS256","typ":"JWT"}"#.into()), encoded(payload));
        let signature =
            URL_SAFE_NO_PAD.encode(self.mac(&signed).map(|mac| mac.finalize().into_bytes()).unwrap_or_default());
        format!("{signed}.{signature}")
    }

    /// Whether a token is good; if not, the refusal in the words of the real server.
    pub(crate) fn check(&self, token: Option<&str>, now: Timestamp) -> Result<(), ApiError> {
        let refuse = |detail: &str| Err(ApiError::new(ErrorCode::ErrSession, detail));
        let Some(token) = token else { return refuse("http: named cookie not present") };
        let Some((signed, signature, claims)) = parts(token) else { return refuse("that's not even a token") };
        if self.mac(signed).is_none_or(|mac| mac.verify_slice(&signature).is_err()) {
            return refuse("couldn't handle this token");
        }
        if claims.expires <= now.as_millisecond() {
            return refuse("token is expired");
        }
        if !lock(&self.known).contains(&claims.session) {
            return refuse("get client error: client not existed, session expired");
        }
        Ok(())
    }

    /// Forgets the session of one token.
    pub(crate) fn revoke(&self, token: &str) {
        if let Some((_, _, claims)) = parts(token) {
            lock(&self.known).remove(&claims.session);
        }
    }

    /// Forgets all sessions, as a restart of the real server does.
    pub(crate) fn forget(&self) {
        // The last number stays taken: a session that was forgotten does not come back with a new one.
        let mut known = lock(&self.known);
        let last = known.pop_last();
        known.clear();
        if let Some(last) = last {
            // Nobody bears the token of this one.
            known.insert(last + 1);
        }
    }

    fn mac(&self, signed: &str) -> Option<Hmac<Sha256>> {
        let mut mac = Hmac::<Sha256>::new_from_slice(&self.key).ok()?;
        mac.update(signed.as_bytes());
        Some(mac)
    }
}

/// What is signed, the signature, and what is claimed.
fn parts(token: &str) -> Option<(&str, Vec<u8>, Claims)> {
    let (signed, signature) = token.rsplit_once('.')?;
    let (header, payload) = signed.split_once('.')?;
    URL_SAFE_NO_PAD.decode(header).ok()?;
    let claims = serde_json::from_slice(&URL_SAFE_NO_PAD.decode(payload).ok()?).ok()?;
    Some((signed, URL_SAFE_NO_PAD.decode(signature).ok()?, claims))
}
