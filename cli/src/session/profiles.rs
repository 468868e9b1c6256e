//! The profiles, in `config.toml` in the platform's folder for configuration.

use std::collections::BTreeMap;
use std::path::PathBuf;

use etcetera::BaseStrategy as _;
use serde::{Deserialize, Serialize};

use crate::arguments::Place;
use crate::error::CliError;
use crate::session::locked_file;
use crate::session::settings::variable;

#[derive(Default, Serialize, Deserialize)]
pub struct Config {
    #[serde(default)]
    pub profiles: BTreeMap<String, Profile>,
}

/// Where to sign in, and as whom. Secrets are kept elsewhere.
#[derive(Clone, Serialize, Deserialize)]
pub struct Profile {
    pub url: String,
    pub graph: String,
    pub user: String,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub ca_cert: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub account_encoding: Option<String>,
    /// Where its token is kept.
    pub secrets: Place,
}

pub fn read() -> Result<Config, CliError> {
    match locked_file::read(&folder()?.join(FILE))? {
        None => Ok(Config::default()),
        Some(text) => parse(&text),
    }
}

/// Changes the profiles, while no other command does.
pub fn change(change: impl FnOnce(&mut Config)) -> Result<(), CliError> {
    locked_file::update(&folder()?.join(FILE), |text| {
        let mut config = text.map_or_else(|| Ok(Config::default()), |text| parse(&text))?;
        change(&mut config);
        toml::to_string_pretty(&config)
            .map_err(|error| CliError::Other(format!("the profiles cannot be written: {error}")))
    })
}

/// The folder, which need not exist.
pub fn folder() -> Result<PathBuf, CliError> {
    if let Some(folder) = variable("NEBULA_EXPLORER_CONFIG_DIR") {
        return Ok(folder.into());
    }
    let base = etcetera::choose_base_strategy()
        .map_err(|error| CliError::Other(format!("no folder for configuration is known ({error}): set HOME")))?;
    Ok(base.config_dir().join("nebula-explorer"))
}

const FILE: &str = "config.toml";

fn parse(text: &str) -> Result<Config, CliError> {
    toml::from_str(text).map_err(|error| {
        let place = folder().map(|folder| folder.join(FILE).display().to_string()).unwrap_or_default();
        CliError::Other(format!("{place} cannot be read: {}. Mend it, or remove it and sign in again", error.message()))
    })
}
