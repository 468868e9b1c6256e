//! Where Explorer is and who signs in, from flags, variables and the profile, in this order.

use std::env::var;

use nebula_explorer::AccountEncoding;

use crate::arguments::{COLON, JSON_ARRAY, Server};
use crate::error::CliError;
use crate::session::profiles::{self, Profile};

/// What a command goes by.
pub struct Settings {
    /// The name of the profile.
    pub profile: Setting,
    /// The profile itself; `None` before anybody has signed in.
    pub stored: Option<Profile>,
    pub url: Option<Setting>,
    pub graph: Option<Setting>,
    pub user: Option<Setting>,
    pub ca_cert: Option<Setting>,
    pub account_encoding: Option<Setting>,
    pub password_stdin: bool,
}

/// A value, and where it comes from.
#[derive(Clone)]
pub struct Setting {
    pub value: String,
    pub source: String,
}

impl Settings {
    pub fn find(server: &Server) -> Result<Self, CliError> {
        let profile = Self::profile(server);
        let config = profiles::read()?;
        let stored = config.profiles.get(&profile.value).cloned();
        let found = Self::of(server, profile, stored);
        let explicit = found.profile.source != DEFAULT;
        if explicit && found.stored.is_none() && (found.url.is_none() || found.user.is_none() || found.graph.is_none())
        {
            let names: Vec<&str> = config.profiles.keys().map(String::as_str).collect();
            let known = if names.is_empty() { "none".into() } else { names.join(", ") };
            let name = &found.profile.value;
            return Err(CliError::NotSignedIn(format!(
                "there is no profile `{name}` (there are: {known}). To make it: nebula-explorer login --profile {name}"
            )));
        }
        Ok(found)
    }

    /// Which profile it is.
    pub fn profile(server: &Server) -> Setting {
        pick("--profile", server.profile.as_ref(), "NEBULA_EXPLORER_PROFILE")
            .unwrap_or_else(|| Setting { value: DEFAULT.into(), source: DEFAULT.into() })
    }

    /// The settings with this profile.
    pub fn of(server: &Server, profile: Setting, stored: Option<Profile>) -> Self {
        let place = format!("profile {}", profile.value);
        let of_profile = |value: Option<&String>| Some(Setting { value: value?.clone(), source: place.clone() });
        Self {
            url: pick("--url", server.url.as_ref(), "NEBULA_EXPLORER_URL")
                .or_else(|| of_profile(stored.as_ref().map(|profile| &profile.url))),
            graph: pick("--graph", server.graph.as_ref(), "NEBULA_EXPLORER_GRAPH")
                .or_else(|| of_profile(stored.as_ref().map(|profile| &profile.graph))),
            user: pick("--user", server.user.as_ref(), "NEBULA_EXPLORER_USER")
                .or_else(|| of_profile(stored.as_ref().map(|profile| &profile.user))),
            ca_cert: pick("--ca-cert", server.ca_cert.as_ref(), "NEBULA_EXPLORER_CA_CERT")
                .or_else(|| of_profile(stored.as_ref().and_then(|profile| profile.ca_cert.as_ref()))),
            account_encoding: pick(
                "--account-encoding",
                server.account_encoding.as_ref(),
                "NEBULA_EXPLORER_ACCOUNT_ENCODING",
            )
            .or_else(|| of_profile(stored.as_ref().and_then(|profile| profile.account_encoding.as_ref()))),
            password_stdin: server.password_stdin,
            profile,
            stored,
        }
    }

    /// Whether what the profile keeps is meant for this server, graph service and account.
    pub fn match_stored_profile(&self) -> bool {
        let same = |setting: &Option<Setting>, stored: &str| setting.as_ref().is_some_and(|s| s.value == stored);
        self.stored.as_ref().is_some_and(|stored| {
            same(&self.url, &stored.url) && same(&self.graph, &stored.graph) && same(&self.user, &stored.user)
        })
    }
}

/// How the account is sent.
pub fn account_encoding(setting: &Option<Setting>) -> Result<AccountEncoding, CliError> {
    match setting.as_ref().map(|setting| setting.value.as_str()) {
        None | Some(JSON_ARRAY) => Ok(AccountEncoding::JsonArray),
        Some(COLON) => Ok(AccountEncoding::Colon),
        Some(form) => {
            Err(CliError::Usage(format!("the account form `{form}` is neither `{JSON_ARRAY}` nor `{COLON}`")))
        }
    }
}

/// The profile where none is named, and what its name comes from.
pub const DEFAULT: &str = "default";

/// A value that must be there.
pub fn required<'a>(setting: &'a Option<Setting>, flag: &str) -> Result<&'a str, CliError> {
    setting.as_ref().map(|setting| setting.value.as_str()).ok_or_else(|| {
        let variable = format!("NEBULA_EXPLORER_{}", flag.trim_start_matches("--").replace('-', "_").to_uppercase());
        CliError::NotSignedIn(format!(
            "not signed in. Sign in with `nebula-explorer login`, or give {flag} or set {variable}"
        ))
    })
}

/// The graph service's address and port.
pub fn graph(text: &str) -> Result<(&str, u16), CliError> {
    text.rsplit_once(':')
        .and_then(|(address, port)| Some((address, port.parse().ok()?)))
        .filter(|(address, _)| !address.is_empty())
        .ok_or_else(|| CliError::Usage(format!("the graph service `{text}` is not ADDRESS:PORT")))
}

/// A variable; an empty one counts as none.
pub fn variable(name: &str) -> Option<String> {
    var(name).ok().filter(|value| !value.is_empty())
}

fn pick(flag: &str, given: Option<&String>, name: &str) -> Option<Setting> {
    match given {
        Some(value) => Some(Setting { value: value.clone(), source: flag.into() }),
        None => variable(name).map(|value| Setting { value, source: name.into() }),
    }
}
