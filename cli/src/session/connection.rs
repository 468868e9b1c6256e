//! From settings and what is kept to a client that is signed in or can sign in.

use std::io::IsTerminal as _;

use nebula_explorer::{Credentials, Explorer, SecretString};
use secrecy::ExposeSecret as _;

use crate::error::CliError;
use crate::input;
use crate::output::stderr::note;
use crate::session::secrets::{self, Secrets};
use crate::session::settings::{DEFAULT, Settings, account_encoding, graph, required, variable};

/// A client, with what to keep of its session.
pub struct Connection {
    pub explorer: Explorer,
    pub settings: Settings,
    /// What the profile keeps, where it is meant for this server and account.
    pub kept: Option<Secrets>,
}

impl Connection {
    pub fn open(settings: Settings) -> Result<Self, CliError> {
        required(&settings.url, "--url")?;
        required(&settings.graph, "--graph")?;
        let user = required(&settings.user, "--user")?;
        let kept = match &settings.stored {
            Some(stored) if settings.match_stored_profile() => secrets::read(&settings.profile.value, stored.secrets)?,
            _ => None,
        };
        let password = match given_password(settings.password_stdin)? {
            Some(password) => Some(password),
            None => kept.as_ref().and_then(Secrets::password),
        };
        let token = kept.as_ref().filter(|kept| kept.may_be_good()).map(|kept| kept.token.clone());
        let credentials = match (password, token) {
            (Some(password), Some(token)) => Credentials::account(user, password).with_token(token),
            (Some(password), None) => Credentials::account(user, password),
            (None, Some(token)) => Credentials::token(token),
            (None, None) => return Err(not_signed_in(&settings, kept.is_some())),
        };
        let explorer = explorer(&settings, credentials)?;
        Ok(Self { explorer, settings, kept })
    }

    /// Keeps the token if there is a new one. A command that has done its work does not fail because of it.
    pub fn close(self) {
        let Self { explorer, settings, kept } = self;
        let (Some(stored), Some(token), true) = (&settings.stored, explorer.token(), settings.match_stored_profile())
        else {
            return;
        };
        if kept.as_ref().is_some_and(|kept| kept.token.expose_secret() == token.secret().expose_secret()) {
            return;
        }
        let secrets = Secrets::new(&token, kept.as_ref().and_then(Secrets::password));
        if let Err(failure) = secrets::write(&settings.profile.value, stored.secrets, &secrets) {
            note(format!("warning: the token is not kept: {failure}"));
        }
    }
}

pub fn explorer(settings: &Settings, credentials: Credentials) -> Result<Explorer, CliError> {
    let (address, port) = graph(required(&settings.graph, "--graph")?)?;
    let url = required(&settings.url, "--url")?;
    let credentials = credentials.encoding(account_encoding(&settings.account_encoding)?);
    let mut builder = Explorer::builder(url).graph(address, port).credentials(credentials);
    if let Some(path) = &settings.ca_cert {
        builder = builder.certificate_authorities(input::read(&path.value)?);
    }
    Ok(builder.build()?)
}

/// The password by standard input or in the variable.
pub fn given_password(from_stdin: bool) -> Result<Option<SecretString>, CliError> {
    if !from_stdin {
        return Ok(variable("NEBULA_EXPLORER_PASSWORD").map(SecretString::from));
    }
    if std::io::stdin().is_terminal() {
        return Err(CliError::Usage("--password-stdin is for a pipe: `nebula-explorer login` asks for it".into()));
    }
    let line = input::line()?;
    Ok(Some(line.trim_end_matches(['\r', '\n']).into()))
}

fn not_signed_in(settings: &Settings, has_ended: bool) -> CliError {
    let profile = match settings.profile.value.as_str() {
        DEFAULT => String::new(),
        name => format!(" --profile {name}"),
    };
    CliError::NotSignedIn(if has_ended {
        format!("the session has ended. Sign in again: nebula-explorer login{profile}")
    } else {
        format!("not signed in. Sign in with `nebula-explorer login{profile}`, or set NEBULA_EXPLORER_PASSWORD")
    })
}
