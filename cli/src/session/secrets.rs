//! What is kept between commands and must not be seen: the token, and the password if the user says so.

use std::collections::BTreeMap;
use std::sync::mpsc;
use std::thread;
use std::time::Duration;

use nebula_explorer::{SecretString, Timestamp};
use secrecy::ExposeSecret as _;
use serde::{Deserialize, Serialize, Serializer};

use crate::arguments::Place;
use crate::error::CliError;
use crate::session::locked_file;
use crate::session::profiles;

/// The secrets of one profile.
#[derive(Clone, Serialize, Deserialize)]
pub struct Secrets {
    #[serde(serialize_with = "exposed", deserialize_with = "secret")]
    pub token: SecretString,
    /// When the token runs out; `None` if the server did not say.
    pub expires_at: Option<Timestamp>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    password: Option<Password>,
}

#[derive(Clone, Serialize, Deserialize)]
struct Password(#[serde(serialize_with = "exposed", deserialize_with = "secret")] SecretString);

impl Secrets {
    pub fn new(token: &nebula_explorer::Token, password: Option<SecretString>) -> Self {
        let remaining = token.remaining().and_then(|remaining| jiff::SignedDuration::try_from(remaining).ok());
        Self {
            token: token.secret().clone(),
            expires_at: remaining.and_then(|remaining| {
                let time = Timestamp::now().checked_add(remaining).ok()?;
                Timestamp::from_second(time.as_second()).ok()
            }),
            password: password.map(Password),
        }
    }

    pub fn password(&self) -> Option<SecretString> {
        self.password.as_ref().map(|password| password.0.clone())
    }

    /// Whether the token may still be good.
    pub fn may_be_good(&self) -> bool {
        self.expires_at.is_none_or(|time| time > Timestamp::now())
    }
}

/// The secrets of a profile; `None` if none are kept.
pub fn read(profile: &str, place: Place) -> Result<Option<Secrets>, CliError> {
    match place {
        Place::File => Ok(in_file(locked_file::read(&profiles::folder()?.join(FILE))?)?.remove(profile)),
        Place::Keyring => {
            let text = in_keyring(profile, |entry| match entry.get_password() {
                Err(keyring::v1::Error::NoEntry) => Ok(None),
                outcome => outcome.map(Some),
            })?;
            text.map(|text| serde_json::from_str(&text).map_err(|_| unreadable("the keyring's entry"))).transpose()
        }
    }
}

/// Keeps the secrets of a profile instead of those that were kept before.
pub fn write(profile: &str, place: Place, secrets: &Secrets) -> Result<(), CliError> {
    match place {
        Place::File => change_file(|all| {
            all.insert(profile.into(), secrets.clone());
        }),
        Place::Keyring => {
            let text = SecretString::from(json(secrets)?);
            in_keyring(profile, move |entry| entry.set_password(text.expose_secret()))
        }
    }
}

/// Forgets the secrets of a profile.
pub fn remove(profile: &str, place: Place) -> Result<(), CliError> {
    match place {
        Place::File => change_file(|all| {
            all.remove(profile);
        }),
        Place::Keyring => in_keyring(profile, |entry| match entry.delete_credential() {
            Err(keyring::v1::Error::NoEntry) => Ok(()),
            outcome => outcome,
        }),
    }
}

const FILE: &str = "secrets.json";

fn change_file(change: impl FnOnce(&mut BTreeMap<String, Secrets>)) -> Result<(), CliError> {
    locked_file::update(&profiles::folder()?.join(FILE), |text| {
        let mut all = in_file(text)?;
        change(&mut all);
        json(&all)
    })
}

fn in_file(text: Option<String>) -> Result<BTreeMap<String, Secrets>, CliError> {
    match text {
        None => Ok(BTreeMap::new()),
        Some(text) => serde_json::from_str(&text).map_err(|_| {
            let place = profiles::folder().map(|folder| folder.join(FILE).display().to_string()).unwrap_or_default();
            unreadable(&place)
        }),
    }
}

/// The reason is not given: it may repeat what is kept.
fn unreadable(place: &str) -> CliError {
    CliError::Other(format!("{place} is not what this program writes. Remove it and sign in again"))
}

fn json(value: &impl Serialize) -> Result<String, CliError> {
    serde_json::to_string(value).map_err(|error| CliError::Other(format!("secrets cannot be written: {error}")))
}

/// A keyring may ask the user to open it, or wait for a user who is not there. On a thread of its own, because it blocks.
fn in_keyring<T: Send + 'static>(
    profile: &str,
    act: impl FnOnce(&keyring::v1::Entry) -> keyring::v1::Result<T> + Send + 'static,
) -> Result<T, CliError> {
    const KEYRING_TIMEOUT: Duration = Duration::from_secs(60);
    let (sender, receiver) = mpsc::channel();
    let profile = profile.to_string();
    thread::spawn(move || {
        let outcome = keyring::v1::Entry::new("nebula-explorer", &profile).and_then(|entry| act(&entry));
        // Nobody waits any more.
        let _ = sender.send(outcome);
    });
    let outcome =
        receiver.recv_timeout(KEYRING_TIMEOUT).map_err(|_| CliError::Other("the keyring does not answer".into()))?;
    outcome.map_err(|error| CliError::Other(format!("the keyring cannot be used: {error}")))
}

fn exposed<S: Serializer>(secret: &SecretString, serializer: S) -> Result<S::Ok, S::Error> {
    serializer.serialize_str(secret.expose_secret())
}

fn secret<'de, D: serde::Deserializer<'de>>(deserializer: D) -> Result<SecretString, D::Error> {
    String::deserialize(deserializer).map(SecretString::from)
}
