//! Where the session's token is kept between commands: with the secrets of the profile, or in the cache.

use std::path::PathBuf;

use nebula_explorer::{SecretString, Token};

use crate::error::CliError;
use crate::output::stderr::note;
use crate::session::cache::{self, Cache};
use crate::session::profiles::{self, SecretStore};
use crate::session::secrets::{self, Secrets};
use crate::session::values::Values;

pub enum TokenStore {
    Profile { name: String, secrets: SecretStore },
    Cache(Cache),
    Nothing,
}

impl TokenStore {
    /// The store for these settings, and what it has. `password` is the one that was given, without which the cache is not used.
    pub fn open(values: &Values, password: Option<&SecretString>) -> Result<(Self, Option<Secrets>), CliError> {
        if let Some(profile) = values.stored.as_ref().filter(|_| values.match_stored_profile()) {
            let store = Self::Profile { name: values.profile().into(), secrets: profile.secrets };
            match store.read() {
                Ok(stored) => return Ok((store, stored)),
                Err(error) if password.is_some() => note(format!("warning: {error}. The given password is used")),
                Err(error) => return Err(error),
            }
        }
        let cache = password.filter(|_| values.uses_cache).and_then(|password| Cache::of(values, password));
        Ok(match cache {
            Some(cache) => {
                let stored = cache.read();
                (Self::Cache(cache), stored)
            }
            None => (Self::Nothing, None),
        })
    }

    pub fn read(&self) -> Result<Option<Secrets>, CliError> {
        match self {
            Self::Profile { name, secrets } => secrets::read(name, *secrets),
            Self::Cache(cache) => Ok(cache.read()),
            Self::Nothing => Ok(None),
        }
    }

    /// Keeps a new token. A failure is only a warning: the command itself can go on.
    pub fn write(&self, token: &Token) {
        let written = match self {
            Self::Profile { name, secrets } => secrets::read(name, *secrets).and_then(|stored| {
                let password = stored.as_ref().and_then(Secrets::password);
                secrets::write(name, *secrets, &Secrets::new(token, password))
            }),
            Self::Cache(cache) => cache.write(&Secrets::new(token, None)),
            Self::Nothing => Ok(()),
        };
        if let Err(error) = written {
            note(format!("warning: the token is not stored: {error}"));
        }
    }

    /// The file to lock while signing in; `None` if nothing is kept.
    pub fn lock_path(&self) -> Option<PathBuf> {
        match self {
            Self::Profile { name, .. } => {
                Some(profiles::directory().ok()?.join(format!("{}.lock", cache::hash(&[name]))))
            }
            Self::Cache(cache) => Some(cache.lock_path()),
            Self::Nothing => None,
        }
    }

    /// Its name in the output of `status`; `None` if nothing is kept.
    pub fn name(&self) -> Option<&'static str> {
        match self {
            Self::Profile { secrets: SecretStore::Keyring, .. } => Some("keyring"),
            Self::Profile { secrets: SecretStore::File, .. } => Some("file"),
            Self::Cache(_) => Some("cache"),
            Self::Nothing => None,
        }
    }
}
