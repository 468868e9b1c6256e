//! Secrets that are stored between commands: the token, and the password if the user asks for it.

use std::collections::BTreeMap;
use std::sync::mpsc;
use std::thread;
use std::time::Duration;

use nebula_explorer::{SecretString, Timestamp, Token};
use secrecy::ExposeSecret as _;
use serde::{Deserialize, Serialize, Serializer};

use crate::error::CliError;
use crate::session::locked_file;
use crate::session::profiles::{self, SecretStore};

/// The secrets of one profile.
#[derive(Clone, Serialize, Deserialize)]
pub struct Secrets {
    #[serde(serialize_with = "exposed", deserialize_with = "secret")]
    pub token: SecretString,
    /// When the token expires; `None` if the server did not say.
    pub expires_at: Option<Timestamp>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    password: Option<Secret>,
    /// The other cookies of the session, such as that of a load balancer.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    cookies: Vec<Secret>,
}

#[derive(Clone, Serialize, Deserialize)]
struct Secret(#[serde(serialize_with = "exposed", deserialize_with = "secret")] SecretString);

impl Secrets {
    pub fn new(token: &Token, password: Option<SecretString>) -> Self {
        let remaining = token.remaining().and_then(|remaining| jiff::SignedDuration::try_from(remaining).ok());
        Self {
            token: token.secret().clone(),
            expires_at: remaining.and_then(|remaining| {
                let time = Timestamp::now().checked_add(remaining).ok()?;
                Timestamp::from_second(time.as_second()).ok()
            }),
            password: password.map(Secret),
            cookies: token.other_cookies().iter().map(|cookie| Secret(cookie.as_str().into())).collect(),
        }
    }

    pub fn password(&self) -> Option<SecretString> {
        self.password.as_ref().map(|password| password.0.clone())
    }

    /// The other cookies of the session, `name=value` each.
    pub fn cookies(&self) -> Vec<String> {
        self.cookies.iter().map(|cookie| cookie.0.expose_secret().to_string()).collect()
    }

    /// The token with the other cookies of its session.
    pub fn session_token(&self) -> Token {
        Token::new(self.token.clone(), self.cookies())
    }

    /// Whether the token has expired, as far as is known.
    pub fn is_expired(&self) -> bool {
        self.expires_at.is_some_and(|time| time <= Timestamp::now())
    }
}

/// The secrets of a profile; `None` if none are stored.
pub fn read(profile: &str, store: SecretStore) -> Result<Option<Secrets>, CliError> {
    match store {
        SecretStore::File => Ok(parse_file(locked_file::read(&profiles::directory()?.join(FILE))?)?.remove(profile)),
        SecretStore::Keyring => {
            let text = in_keyring(profile, |entry| match entry.get_password() {
                Err(keyring::v1::Error::NoEntry) => Ok(None),
                outcome => outcome.map(Some),
            })?;
            text.map(|text| serde_json::from_str(&text).map_err(|_| unreadable("the keyring's entry"))).transpose()
        }
    }
}

/// Stores the secrets of a profile, replacing its previous ones.
pub fn write(profile: &str, store: SecretStore, secrets: &Secrets) -> Result<(), CliError> {
    match store {
        SecretStore::File => update_file(|all| {
            all.insert(profile.into(), secrets.clone());
        }),
        SecretStore::Keyring => {
            let text = SecretString::from(json(secrets)?);
            in_keyring(profile, move |entry| entry.set_password(text.expose_secret()))
        }
    }
}

/// Deletes the secrets of a profile.
pub fn remove(profile: &str, store: SecretStore) -> Result<(), CliError> {
    match store {
        SecretStore::File => update_file(|all| {
            all.remove(profile);
        }),
        SecretStore::Keyring => in_keyring(profile, |entry| match entry.delete_credential() {
            Err(keyring::v1::Error::NoEntry) => Ok(()),
            outcome => outcome,
        }),
    }
}

const FILE: &str = "secrets.json";

fn update_file(change: impl FnOnce(&mut BTreeMap<String, Secrets>)) -> Result<(), CliError> {
    locked_file::update(&profiles::directory()?.join(FILE), |text| {
        let mut all = parse_file(text)?;
        change(&mut all);
        json(&all)
    })
}

fn parse_file(text: Option<String>) -> Result<BTreeMap<String, Secrets>, CliError> {
    match text {
        None => Ok(BTreeMap::new()),
        Some(text) => serde_json::from_str(&text).map_err(|_| {
            let path = profiles::directory().map(|directory| directory.join(FILE).display().to_string());
            unreadable(&path.unwrap_or_default())
        }),
    }
}

/// The reason is left out: it may quote a secret.
fn unreadable(place: &str) -> CliError {
    CliError::Other(format!("cannot read {place}: unknown format. Remove it and sign in again"))
}

/// The JSON of secrets, for a file.
pub fn json(value: &impl Serialize) -> Result<String, CliError> {
    serde_json::to_string(value).map_err(|error| CliError::Other(format!("cannot serialize the secrets: {error}")))
}

/// Uses the keyring's entry of a profile, on a thread of its own: it blocks, and it may ask a user who is not there to unlock it.
fn in_keyring<T: Send + 'static>(
    profile: &str,
    act: impl FnOnce(&keyring::v1::Entry) -> keyring::v1::Result<T> + Send + 'static,
) -> Result<T, CliError> {
    const KEYRING_TIMEOUT: Duration = Duration::from_secs(60);
    let (sender, receiver) = mpsc::channel();
    let profile = profile.to_string();
    thread::spawn(move || {
        let outcome = keyring::v1::Entry::new("nebula-explorer", &profile).and_then(|entry| act(&entry));
        // Fails after the timeout, when the receiver is gone.
        let _ = sender.send(outcome);
    });
    let outcome = receiver.recv_timeout(KEYRING_TIMEOUT);
    let outcome = outcome.map_err(|_| CliError::Other("the keyring does not respond".into()))?;
    outcome.map_err(|error| CliError::Other(format!("cannot use the keyring: {error}")))
}

fn exposed<S: Serializer>(secret: &SecretString, serializer: S) -> Result<S::Ok, S::Error> {
    serializer.serialize_str(secret.expose_secret())
}

fn secret<'de, D: serde::Deserializer<'de>>(deserializer: D) -> Result<SecretString, D::Error> {
    String::deserialize(deserializer).map(SecretString::from)
}
