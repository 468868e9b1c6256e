//! Signing in for the commands to come, and saying who is signed in.

use std::io::{IsTerminal as _, Write as _};

use clap::ValueEnum as _;
use nebula_explorer::{Credentials, Explorer, SecretString, Timestamp};

use crate::arguments::{Login, Place, Server};
use crate::error::CliError;
use crate::output::output::{self, Output};
use crate::output::records::{SettingRecord, StatusRecord};
use crate::output::stderr::note;
use crate::session::connection::{Connection, explorer, given_password};
use crate::session::profiles::{self, Profile};
use crate::session::secrets::{self, Secrets};
use crate::session::settings::{Setting, Settings, graph, required, variable};

pub async fn login(server: &Server, options: &Login) -> Result<(), CliError> {
    let mut settings = settings_to_make(server)?;
    ask(&mut settings.url, "Address of Explorer, such as http://localhost:7002", "--url")?;
    ask(&mut settings.graph, "Graph service, as Explorer reaches it (address:port)", "--graph")?;
    ask(&mut settings.user, "User", "--user")?;
    if let Some(path) = &mut settings.ca_cert {
        // Later commands may run in another folder.
        let whole = std::fs::canonicalize(&path.value);
        let whole = whole.map_err(|error| CliError::Usage(format!("{}: {error}", path.value)))?;
        path.value = whole.display().to_string();
    }
    let user = required(&settings.user, "--user")?;
    graph(required(&settings.graph, "--graph")?)?;
    let password = match given_password(settings.password_stdin)? {
        Some(password) => password,
        None => ask_password(user)?,
    };
    let token = explorer(&settings, Credentials::account(user, password.clone()))?.sign_in().await?;
    let secrets = Secrets::new(&token, options.keep_password.then_some(password));
    let name = settings.profile.value.clone();
    // What the profile kept elsewhere until now is not left behind.
    let place = keep(&name, options.secrets.or(place_in_variable()?), &secrets)?;
    if let Some(before) = settings.stored.as_ref().map(|stored| stored.secrets).filter(|&before| before != place) {
        secrets::remove(&name, before)?;
    }
    let profile = Profile {
        url: required(&settings.url, "--url")?.into(),
        graph: required(&settings.graph, "--graph")?.into(),
        user: user.into(),
        ca_cert: settings.ca_cert.as_ref().map(|path| path.value.clone()),
        account_encoding: settings.account_encoding.as_ref().map(|form| form.value.clone()),
        secrets: place,
    };
    note(format!("Signed in at {} as {}, in the profile `{name}`", profile.url, profile.user));
    if let Some(time) = secrets.expires_at {
        note(format!("The token is good until {}", output::local(time)));
    }
    profiles::change(|config| {
        config.profiles.insert(name, profile);
    })
}

pub fn logout(server: &Server) -> Result<(), CliError> {
    let settings = Settings::find(server)?;
    let name = settings.profile.value;
    let Some(stored) = settings.stored else {
        note(format!("There is no profile `{name}`"));
        return Ok(());
    };
    secrets::remove(&name, stored.secrets)?;
    profiles::change(|config| {
        config.profiles.remove(&name);
    })?;
    note(format!("The profile `{name}` is forgotten, with its token and password"));
    Ok(())
}

pub async fn status(server: &Server, verbose: bool, output: Output) -> Result<(), CliError> {
    let settings = Settings::find(server)?;
    let listed = [
        ("profile", Some(&settings.profile)),
        ("url", settings.url.as_ref()),
        ("graph", settings.graph.as_ref()),
        ("user", settings.user.as_ref()),
        ("ca_cert", settings.ca_cert.as_ref()),
        ("account_encoding", settings.account_encoding.as_ref()),
    ];
    let listed = listed.into_iter().filter_map(|(name, setting)| {
        let Setting { value, source } = setting?.clone();
        Some(SettingRecord { name: name.into(), value, source })
    });
    let mut record = StatusRecord { settings: listed.collect(), signed_in: false, expires_at: None, secrets: None };
    record.secrets =
        settings.stored.as_ref().filter(|_| settings.match_stored_profile()).map(|stored| {
            stored.secrets.to_possible_value().map(|value| value.get_name().to_string()).unwrap_or_default()
        });
    let outcome = match Connection::open(settings) {
        Ok(connection) => {
            // Whether the server takes the token is known to the server alone.
            let outcome = connection.explorer.jobs().page_size(1).await.map_err(CliError::from);
            record.signed_in = outcome.is_ok();
            record.expires_at = expires_at(&connection.explorer, connection.kept.as_ref());
            connection.close();
            outcome.map(|_| ())
        }
        Err(failure) => Err(failure),
    };
    output.status(&record, verbose)?;
    outcome
}

/// When the session's token runs out: a new one says so itself, a kept one was kept with it.
fn expires_at(explorer: &Explorer, kept: Option<&Secrets>) -> Option<Timestamp> {
    let token = explorer.token()?;
    Secrets::new(&token, None).expires_at.or(kept?.expires_at)
}

/// For a profile that need not be there yet.
fn settings_to_make(server: &Server) -> Result<Settings, CliError> {
    let profile = Settings::profile(server);
    let stored = profiles::read()?.profiles.remove(&profile.value);
    Ok(Settings::of(server, profile, stored))
}

/// Where the user wants it, or else in the keyring if there is one.
fn keep(profile: &str, place: Option<Place>, secrets: &Secrets) -> Result<Place, CliError> {
    if let Some(place) = place {
        return secrets::write(profile, place, secrets).map(|()| place);
    }
    if secrets::write(profile, Place::Keyring, secrets).is_ok() {
        return Ok(Place::Keyring);
    }
    note("There is no keyring to use, so the token is kept in a file that only you can read");
    secrets::write(profile, Place::File, secrets).map(|()| Place::File)
}

fn place_in_variable() -> Result<Option<Place>, CliError> {
    const NAME: &str = "NEBULA_EXPLORER_SECRETS";
    let place = variable(NAME).map(|value| Place::from_str(&value, true));
    place.transpose().map_err(|_| CliError::Usage(format!("{NAME} is neither `keyring` nor `file`")))
}

/// Asks for what is not known yet.
fn ask(setting: &mut Option<Setting>, question: &str, flag: &str) -> Result<(), CliError> {
    if setting.is_some() || !std::io::stdin().is_terminal() {
        return required(setting, flag)
            .map(|_| ())
            .map_err(|_| CliError::Usage(format!("give {flag}: there is no terminal to ask on")));
    }
    let mut line = String::new();
    let asked = std::io::stderr().write_all(format!("{question}: ").as_bytes());
    let read = asked.and_then(|()| std::io::stdin().read_line(&mut line));
    read.map_err(|error| CliError::Other(format!("the terminal cannot be read: {error}")))?;
    match line.trim() {
        "" => Err(CliError::Usage(format!("nothing was entered: give {flag}"))),
        value => {
            *setting = Some(Setting { value: value.into(), source: "entered".into() });
            Ok(())
        }
    }
}

fn ask_password(user: &str) -> Result<SecretString, CliError> {
    let password = rpassword::prompt_password(format!("Password of {user}: "));
    password.map(SecretString::from).map_err(|error| {
        CliError::Usage(format!("there is no terminal to ask for the password ({error}): give --password-stdin"))
    })
}
