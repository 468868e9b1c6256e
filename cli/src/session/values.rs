//! The values of the settings: flags take precedence over variables, and variables over the profile.

use std::collections::BTreeMap;

use nebula_explorer::AccountEncoding;
use nebula_explorer::reqwest::Url;

use crate::error::CliError;
use crate::output::stderr::note;
use crate::session::flags::Flags;
use crate::session::profiles::{self, Profile};
use crate::session::settings::{COLON, JSON_ARRAY, NO_CACHE_VARIABLE, PASSWORD_VARIABLE, Setting, variable};

pub struct Values {
    values: BTreeMap<Setting, Value>,
    /// The profile as it is stored; `None` before the first sign-in with it.
    pub stored: Option<Profile>,
    pub password_stdin: bool,
    /// Whether tokens are kept between commands without a profile.
    pub uses_cache: bool,
}

#[derive(Clone)]
pub struct Value {
    pub text: String,
    /// The flag, the variable or the profile.
    pub source: String,
}

/// The profile if none is named, and the source of its name.
const DEFAULT: &str = "default";

impl Values {
    /// The values for a command that needs a session. A profile that was named must exist, unless nothing is missing without it.
    pub fn load(flags: &Flags) -> Result<Self, CliError> {
        let found = Self::load_for_login(flags)?;
        if found.stored.is_some() || found.is_complete() || found.is_default_profile() {
            return Ok(found);
        }
        let names: Vec<String> = profiles::read()?.into_keys().collect();
        let existing = if names.is_empty() { "none".into() } else { names.join(", ") };
        let name = found.profile();
        Err(CliError::NotSignedIn(format!(
            "there is no profile `{name}` (existing profiles: {existing}). To create it: nebula-explorer login --profile {name}"
        )))
    }

    /// The values for `login`, whose profile need not exist.
    pub fn load_for_login(flags: &Flags) -> Result<Self, CliError> {
        let mut values = Self {
            values: BTreeMap::new(),
            stored: None,
            password_stdin: flags.password_stdin,
            uses_cache: !flags.no_cache && variable(NO_CACHE_VARIABLE).is_none(),
        };
        for setting in Setting::all() {
            values.values.extend(given(flags, setting).map(|value| (setting, value)));
        }
        let default = || Value { text: DEFAULT.into(), source: DEFAULT.into() };
        let profile = values.values.entry(Setting::Profile).or_insert_with(default).text.clone();
        let source = format!("profile {profile}");
        values.stored = match profiles::read() {
            Ok(mut profiles) => profiles.remove(&profile),
            // The profile may be unreadable, for another user in a container, where nothing is needed from it.
            Err(error) if values.is_complete() => {
                note(format!("warning: {error}"));
                None
            }
            Err(error) => return Err(error),
        };
        for setting in Setting::all() {
            if let Some(text) = values.stored.as_ref().and_then(|stored| stored.get(setting)) {
                let value = Value { text: text.clone(), source: source.clone() };
                values.values.entry(setting).or_insert(value);
            }
        }
        values.check_allowed()?;
        values.check_url()?;
        Ok(values)
    }

    pub fn get(&self, setting: Setting) -> Option<&str> {
        self.values.get(&setting).map(|value| value.text.as_str())
    }

    pub fn has(&self, setting: Setting) -> bool {
        self.values.contains_key(&setting)
    }

    /// Whether nothing else is needed for a session but a password or a token.
    fn is_complete(&self) -> bool {
        Setting::of_session().all(|setting| self.has(setting))
    }

    pub fn set(&mut self, setting: Setting, value: Value) {
        self.values.insert(setting, value);
    }

    /// The values that are set, in the order of the table.
    pub fn iter(&self) -> impl Iterator<Item = (Setting, &Value)> {
        self.values.iter().map(|(setting, value)| (*setting, value))
    }

    /// A value without which there is no session.
    pub fn required(&self, setting: Setting) -> Result<&str, CliError> {
        self.get(setting).ok_or_else(|| {
            CliError::NotSignedIn(format!(
                "not signed in. Sign in with `nebula-explorer login`, or set {} or {}",
                setting.flag(),
                setting.variable()
            ))
        })
    }

    /// The name of the profile.
    pub fn profile(&self) -> &str {
        self.get(Setting::Profile).unwrap_or(DEFAULT)
    }

    pub fn is_default_profile(&self) -> bool {
        self.profile() == DEFAULT
    }

    /// The address and port of the graph service.
    pub fn graph(&self) -> Result<(&str, u16), CliError> {
        graph_service(self.required(Setting::Graph)?).map_err(CliError::Usage)
    }

    pub fn encoding(&self) -> AccountEncoding {
        self.get(Setting::AccountEncoding).and_then(account_encoding).unwrap_or_default()
    }

    /// The value of a setting that is not a plain text.
    pub fn parsed<T>(
        &self,
        setting: Setting,
        parse: impl FnOnce(&str) -> Result<T, String>,
    ) -> Result<Option<T>, CliError> {
        let value = self.values.get(&setting);
        let parsed = value.map(|Value { text, source }| {
            parse(text).map_err(|problem| CliError::Usage(format!("{} from {source}: {problem}", setting.name())))
        });
        parsed.transpose()
    }

    /// Whether the secrets of the stored profile belong to this server, graph service and account.
    pub fn match_stored_profile(&self) -> bool {
        self.stored.as_ref().is_some_and(|stored| {
            Setting::of_session()
                .all(|setting| self.has(setting) && self.get(setting) == stored.get(setting).map(String::as_str))
        })
    }

    /// Rejects an account in the address, before it is shown anywhere.
    fn check_url(&self) -> Result<(), CliError> {
        let Some(Value { text, source }) = self.values.get(&Setting::Url) else { return Ok(()) };
        // What is no URL may contain one all the same.
        let has_account = match Url::parse(text) {
            Ok(url) => !url.username().is_empty() || url.password().is_some(),
            Err(_) => text.contains('@'),
        };
        if !has_account {
            return Ok(());
        }
        let user = Setting::User.flag();
        Err(CliError::Usage(format!(
            "the address from {source} must not contain an account: use {user}, and `nebula-explorer login`, --password-stdin or {PASSWORD_VARIABLE} for the password"
        )))
    }

    fn check_allowed(&self) -> Result<(), CliError> {
        for (setting, Value { text, source }) in self.iter() {
            let allowed = setting.allowed();
            if !allowed.is_empty() && !allowed.contains(&text.as_str()) {
                let allowed = allowed.join(", ");
                return Err(CliError::Usage(format!(
                    "{source}: `{text}` is not a value of {}: {allowed}",
                    setting.name()
                )));
            }
        }
        Ok(())
    }
}

/// The value of a flag or a variable.
fn given(flags: &Flags, setting: Setting) -> Option<Value> {
    match flags.get(setting) {
        Some(text) => Some(Value { text: text.clone(), source: setting.flag() }),
        None => variable(&setting.variable()).map(|text| Value { text, source: setting.variable() }),
    }
}

/// The address and port of a graph service, of the form `ADDRESS:PORT`.
///
/// # Errors
/// What is wrong with it.
pub fn graph_service(text: &str) -> Result<(&str, u16), String> {
    text.rsplit_once(':')
        .and_then(|(address, port)| Some((address, port.parse().ok()?)))
        .filter(|(address, _)| !address.is_empty())
        .ok_or_else(|| format!("the graph service `{text}` is not ADDRESS:PORT"))
}

/// The encoding of accounts with this name.
pub fn account_encoding(name: &str) -> Option<AccountEncoding> {
    match name {
        JSON_ARRAY => Some(AccountEncoding::JsonArray),
        COLON => Some(AccountEncoding::Colon),
        _ => None,
    }
}
