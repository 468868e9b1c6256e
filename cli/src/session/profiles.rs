//! The profiles, in `config.toml` in the platform's directory for configuration.

use std::collections::BTreeMap;
use std::path::PathBuf;

use clap::ValueEnum;
use etcetera::BaseStrategy as _;
use serde::{Deserialize, Serialize};

use crate::error::CliError;
use crate::session::locked_file;
use crate::session::settings::{CONFIG_DIR_VARIABLE, Setting, variable};

#[derive(Default, Serialize, Deserialize)]
pub struct Config {
    #[serde(default)]
    pub profiles: BTreeMap<String, Profile>,
}

/// A server and an account. Its secrets are stored elsewhere.
#[derive(Clone, Serialize, Deserialize)]
pub struct Profile {
    /// The settings by their names.
    #[serde(flatten)]
    settings: BTreeMap<String, String>,
    pub secrets: SecretStore,
}

/// Where the secrets of a profile are stored.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum SecretStore {
    /// The keyring of the operating system
    Keyring,
    /// A file that only the user can read
    File,
}

impl Profile {
    pub fn new<'a>(settings: impl IntoIterator<Item = (Setting, &'a str)>, secrets: SecretStore) -> Self {
        let stored = settings.into_iter().filter(|(setting, _)| setting.is_stored_in_profile());
        Self { settings: stored.map(|(setting, text)| (setting.name(), text.into())).collect(), secrets }
    }

    pub fn get(&self, setting: Setting) -> Option<&String> {
        self.settings.get(&setting.name()).filter(|_| setting.is_stored_in_profile())
    }
}

pub fn read() -> Result<Config, CliError> {
    match locked_file::read(&directory()?.join(FILE))? {
        None => Ok(Config::default()),
        Some(text) => parse(&text),
    }
}

/// Changes the profiles, one command at a time.
pub fn update(change: impl FnOnce(&mut Config)) -> Result<(), CliError> {
    locked_file::update(&directory()?.join(FILE), |text| {
        let mut config = text.map_or_else(|| Ok(Config::default()), |text| parse(&text))?;
        change(&mut config);
        toml::to_string_pretty(&config)
            .map_err(|error| CliError::Other(format!("cannot serialize the profiles: {error}")))
    })
}

/// The directory, which need not exist.
pub fn directory() -> Result<PathBuf, CliError> {
    if let Some(directory) = variable(CONFIG_DIR_VARIABLE) {
        return Ok(directory.into());
    }
    let base = etcetera::choose_base_strategy().map_err(|error| {
        CliError::Other(format!(
            "the directory for configuration is unknown ({error}): set HOME or {CONFIG_DIR_VARIABLE}"
        ))
    })?;
    Ok(base.config_dir().join("nebula-explorer"))
}

const FILE: &str = "config.toml";

fn parse(text: &str) -> Result<Config, CliError> {
    toml::from_str(text).map_err(|error| {
        let path = directory().map(|directory| directory.join(FILE).display().to_string()).unwrap_or_default();
        CliError::Other(format!("cannot read {path}: {}. Correct it, or remove it and sign in again", error.message()))
    })
}
