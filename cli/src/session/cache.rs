//! Tokens of sessions without a profile, so that each command does not open a session of its own in the graph service.
//!
//! A file per server, graph service and account. It is used only with the password that its token was got with.

use std::fs;
use std::path::{Path, PathBuf};
use std::time::{Duration, SystemTime};

use etcetera::BaseStrategy as _;
use nebula_explorer::SecretString;
use secrecy::ExposeSecret as _;
use serde::{Deserialize, Serialize};
use sha2::{Digest as _, Sha256};

use crate::error::CliError;
use crate::session::locked_file;
use crate::session::secrets::{self, Secrets};
use crate::session::settings::{CACHE_DIR_VARIABLE, Setting, variable};
use crate::session::values::Values;

pub struct Cache {
    path: PathBuf,
    password: SecretString,
}

#[derive(Serialize, Deserialize)]
struct Entry {
    #[serde(flatten)]
    secrets: Secrets,
    /// A hash of the token and the password.
    password_check: String,
}

impl Cache {
    /// `None` if the platform's directory for caches is unknown.
    pub fn of(values: &Values, password: &SecretString) -> Option<Self> {
        Some(Self { path: path(values)?, password: password.clone() })
    }

    /// The token that was kept; `None` if there is none, or one for another password. An unreadable file counts as none.
    pub fn read(&self) -> Option<Secrets> {
        let text = locked_file::read(&self.path).ok()??;
        let entry: Entry = serde_json::from_str(&text).ok()?;
        (entry.password_check == self.check(&entry.secrets)).then_some(entry.secrets)
    }

    pub fn write(&self, secrets: &Secrets) -> Result<(), CliError> {
        let entry = Entry { password_check: self.check(secrets), secrets: secrets.clone() };
        locked_file::replace(&self.path, &secrets::json(&entry)?)?;
        remove_old(self.path.parent().unwrap_or(Path::new(".")));
        Ok(())
    }

    /// The file to lock while signing in.
    pub fn lock_path(&self) -> PathBuf {
        self.path.with_extension("lock")
    }

    fn check(&self, secrets: &Secrets) -> String {
        hash(&[secrets.token.expose_secret(), self.password.expose_secret()])
    }
}

/// Deletes the token of these settings. Returns whether there was one.
pub fn remove(values: &Values) -> bool {
    path(values).is_some_and(|path| fs::remove_file(path).is_ok())
}

/// The SHA-256 of texts, in hexadecimal digits.
pub fn hash(texts: &[&str]) -> String {
    let mut hash = Sha256::new();
    for text in texts {
        // With its length, so that different texts are never the same bytes.
        hash.update((text.len() as u64).to_be_bytes());
        hash.update(text);
    }
    hash.finalize().iter().map(|byte| format!("{byte:02x}")).collect()
}

fn path(values: &Values) -> Option<PathBuf> {
    let directory = match variable(CACHE_DIR_VARIABLE) {
        Some(directory) => directory.into(),
        None => etcetera::choose_base_strategy().ok()?.cache_dir().join("nebula-explorer"),
    };
    let session: Vec<&str> = Setting::of_session().map(|setting| values.get(setting).unwrap_or_default()).collect();
    Some(directory.join(hash(&session)).with_extension("json"))
}

/// Removes tokens that nobody has used for long: they may be valid, and contain passwords.
fn remove_old(directory: &Path) {
    const MAX_AGE: Duration = Duration::from_secs(30 * 24 * 3600);
    let files = fs::read_dir(directory).into_iter().flatten().flatten();
    for file in files.filter(|file| file.path().extension().is_some_and(|extension| extension == "json")) {
        let modified = file.metadata().and_then(|metadata| metadata.modified()).ok();
        let age = modified.and_then(|modified| SystemTime::now().duration_since(modified).ok());
        if age.is_some_and(|age| age > MAX_AGE) {
            // Fails if another command has removed it.
            let _ = fs::remove_file(file.path());
        }
    }
}
