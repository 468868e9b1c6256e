//! A client with the settings of the command: from the variables of the environment and from a profile.

use std::fmt;

use nebula_explorer::{Error, Explorer, SecretString};

use crate::error::CliError;
use crate::session::connection::Connection;
use crate::session::flags::Flags;
use crate::session::submissions::Store;
use crate::session::values::Values;

pub use crate::session::settings::{COLON, JSON_ARRAY, STORE_VARIABLE};
pub use crate::session::values::{account_encoding, graph_service};

/// Why there is no client with these settings.
#[derive(Debug)]
pub enum SettingsError {
    /// The settings are incomplete, invalid or unreadable: what is wrong, and what to do.
    Settings(String),
    /// The SDK does not accept them.
    Sdk(Error),
}

/// A client as the command connects it: the variables take precedence over the profile, which is `profile`, or that of the
/// variable, or `default`. Submissions are recorded at `store`, or at the address of the variable, or in the command's own file.
/// Sends nothing.
///
/// # Errors
/// [`SettingsError`] if a setting is missing or invalid.
pub fn explorer(profile: Option<&str>, store: Option<SecretString>) -> Result<Explorer, SettingsError> {
    let values = Values::load(&profile.map(Flags::of_profile).unwrap_or_default())?;
    let store = Store::new(store).open()?;
    Ok(Connection::open_with(&values, Some(store))?.explorer)
}

impl fmt::Display for SettingsError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Settings(problem) => f.write_str(problem),
            Self::Sdk(error) => error.fmt(f),
        }
    }
}

impl std::error::Error for SettingsError {}

impl From<CliError> for SettingsError {
    fn from(error: CliError) -> Self {
        match error {
            CliError::Sdk(error) => Self::Sdk(error),
            error => Self::Settings(error.to_string()),
        }
    }
}
