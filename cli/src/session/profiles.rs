//! The profiles, in `config.toml` in the platform's directory for configuration.

use std::collections::BTreeMap;
use std::path::PathBuf;

use clap::ValueEnum;
use etcetera::BaseStrategy as _;
use toml_edit::{DocumentMut, Item, Table, TableLike};

use crate::error::CliError;
use crate::session::locked_file;
use crate::session::settings::{CONFIG_DIR_VARIABLE, Setting, variable};

/// A server and an account. Its secrets are stored elsewhere.
#[derive(Clone)]
pub struct Profile {
    settings: BTreeMap<Setting, String>,
    pub secrets: SecretStore,
}

/// Where the secrets of a profile are stored.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum SecretStore {
    /// The keyring of the operating system
    Keyring,
    /// A file that only the user can read
    File,
}

impl SecretStore {
    pub fn name(self) -> &'static str {
        match self {
            Self::Keyring => "keyring",
            Self::File => "file",
        }
    }
}

impl Profile {
    pub fn new<'a>(settings: impl IntoIterator<Item = (Setting, &'a str)>, secrets: SecretStore) -> Self {
        let stored = settings.into_iter().filter(|(setting, _)| setting.is_stored_in_profile());
        Self { settings: stored.map(|(setting, text)| (setting, text.into())).collect(), secrets }
    }

    pub fn get(&self, setting: Setting) -> Option<&String> {
        self.settings.get(&setting)
    }

    /// Keys that are not settings are the user's own.
    fn parse(table: &dyn TableLike) -> Result<Self, String> {
        let text = |key: &str| match table.get(key).map(|item| item.as_str().ok_or_else(|| key.to_string())) {
            Some(Ok(text)) => Ok(Some(text)),
            Some(Err(key)) => Err(format!("{key} must be a string")),
            None => Ok(None),
        };
        let mut settings = BTreeMap::new();
        for setting in Setting::all().filter(|setting| setting.is_stored_in_profile()) {
            settings.extend(text(&setting.name())?.map(|text| (setting, text.to_string())));
        }
        let secrets = text(SECRETS)?.and_then(|name| SecretStore::from_str(name, false).ok());
        Ok(Self { settings, secrets: secrets.ok_or("secrets must be `keyring` or `file`")? })
    }
}

pub fn read() -> Result<BTreeMap<String, Profile>, CliError> {
    // Without a directory nothing has been stored.
    let Ok(directory) = directory() else { return Ok(BTreeMap::new()) };
    let text = locked_file::read(&directory.join(FILE))?.unwrap_or_default();
    let document = parse(&text)?;
    let Some(profiles) = document.get(PROFILES) else { return Ok(BTreeMap::new()) };
    let profiles = profiles.as_table_like().ok_or_else(|| invalid("profiles must be a table"))?;
    let parse = |(name, profile): (&str, &Item)| {
        let profile = profile.as_table_like().ok_or_else(|| "it must be a table".into()).and_then(Profile::parse);
        let profile = profile.map_err(|problem: String| invalid(&format!("profile `{name}`: {problem}")))?;
        Ok((name.to_string(), profile))
    };
    profiles.iter().map(parse).collect()
}

/// Stores a profile. Comments, the user's own keys and everything else in the file stay as they are.
pub fn put(name: &str, profile: &Profile) -> Result<(), CliError> {
    update(|profiles| {
        let stored = profiles.entry(name).or_insert_with(toml_edit::table);
        let Some(stored) = stored.as_table_like_mut() else { return };
        for setting in Setting::all().filter(|setting| setting.is_stored_in_profile()) {
            match profile.get(setting) {
                Some(text) => put_text(stored, &setting.name(), text),
                None => {
                    stored.remove(&setting.name());
                }
            }
        }
        put_text(stored, SECRETS, profile.secrets.name());
    })
}

pub fn remove(name: &str) -> Result<(), CliError> {
    update(|profiles| {
        profiles.remove(name);
    })
}

/// Changes the table of profiles, one command at a time.
fn update(change: impl FnOnce(&mut dyn TableLike)) -> Result<(), CliError> {
    locked_file::update(&directory()?.join(FILE), |text| {
        let mut document = parse(&text.unwrap_or_default())?;
        let profiles = document.entry(PROFILES).or_insert_with(|| {
            let mut table = Table::new();
            // Its profiles have headers of their own.
            table.set_implicit(true);
            Item::Table(table)
        });
        change(profiles.as_table_like_mut().ok_or_else(|| invalid("profiles must be a table"))?);
        Ok(document.to_string())
    })
}

/// Sets a value. What surrounds it, such as a comment behind it, stays.
fn put_text(table: &mut dyn TableLike, key: &str, text: &str) {
    let mut value = toml_edit::Value::from(text);
    match table.get_mut(key) {
        Some(item) => {
            if let Some(previous) = item.as_value() {
                *value.decor_mut() = previous.decor().clone();
            }
            *item = Item::Value(value);
        }
        None => {
            table.insert(key, Item::Value(value));
        }
    }
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
const PROFILES: &str = "profiles";
const SECRETS: &str = "secrets";

fn parse(text: &str) -> Result<DocumentMut, CliError> {
    // A message without the text of the file.
    text.parse().map_err(|error: toml_edit::TomlError| invalid(error.message()))
}

fn invalid(problem: &str) -> CliError {
    let path = directory().map(|directory| directory.join(FILE).display().to_string()).unwrap_or_default();
    CliError::Other(format!("cannot read {path}: {problem}. Correct it, or remove it and sign in again"))
}
