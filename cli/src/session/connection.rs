//! A client for the settings, signed in with the stored token or able to sign in.

use std::io::IsTerminal as _;

use nebula_explorer::{AccountEncoding, Credentials, Explorer, SecretString};
use secrecy::ExposeSecret as _;

use crate::error::CliError;
use crate::input;
use crate::output::stderr::note;
use crate::session::secrets::{self, Secrets};
use crate::session::settings::{COLON, PASSWORD_VARIABLE, Setting, variable};
use crate::session::values::Values;

pub struct Connection {
    pub explorer: Explorer,
    values: Values,
    /// The stored secrets, if they belong to this server and account.
    pub stored: Option<Secrets>,
}

impl Connection {
    pub fn open(values: Values) -> Result<Self, CliError> {
        for setting in Setting::of_session() {
            values.required(setting)?;
        }
        let stored = match &values.stored {
            Some(profile) if values.match_stored_profile() => secrets::read(values.profile(), profile.secrets)?,
            _ => None,
        };
        let password = match given_password(values.password_stdin)? {
            Some(password) => Some(password),
            None => stored.as_ref().and_then(Secrets::password),
        };
        let token = stored.as_ref().filter(|stored| !stored.is_expired()).map(|stored| stored.token.clone());
        let user = values.required(Setting::User)?;
        let credentials = match (password, token) {
            (Some(password), Some(token)) => Credentials::account(user, password).with_token(token),
            (Some(password), None) => Credentials::account(user, password),
            (None, Some(token)) => Credentials::token(token),
            (None, None) => return Err(not_signed_in(&values, stored.is_some())),
        };
        let explorer = explorer(&values, credentials)?;
        Ok(Self { explorer, values, stored })
    }

    /// Stores the token if it is new. A failure is only a warning: the command itself has succeeded.
    pub fn close(self) {
        let Self { explorer, values, stored } = self;
        let (Some(profile), Some(token), true) = (&values.stored, explorer.token(), values.match_stored_profile())
        else {
            return;
        };
        if stored.as_ref().is_some_and(|stored| stored.token.expose_secret() == token.secret().expose_secret()) {
            return;
        }
        let secrets = Secrets::new(&token, stored.as_ref().and_then(Secrets::password));
        if let Err(error) = secrets::write(values.profile(), profile.secrets, &secrets) {
            note(format!("warning: the token is not stored: {error}"));
        }
    }
}

pub fn explorer(values: &Values, credentials: Credentials) -> Result<Explorer, CliError> {
    let (address, port) = values.graph()?;
    let encoding = match values.get(Setting::AccountEncoding) {
        Some(COLON) => AccountEncoding::Colon,
        _ => AccountEncoding::JsonArray,
    };
    let url = values.required(Setting::Url)?;
    let mut builder = Explorer::builder(url).graph(address, port).credentials(credentials.encoding(encoding));
    if let Some(path) = values.get(Setting::CaCert) {
        builder = builder.certificate_authorities(input::read(path)?);
    }
    Ok(builder.build()?)
}

/// The password from standard input or from the variable.
pub fn given_password(from_stdin: bool) -> Result<Option<SecretString>, CliError> {
    if !from_stdin {
        return Ok(variable(PASSWORD_VARIABLE).map(SecretString::from));
    }
    if std::io::stdin().is_terminal() {
        return Err(CliError::Usage(
            "--password-stdin reads from a pipe; on a terminal, `nebula-explorer login` asks for the password".into(),
        ));
    }
    let line = input::line()?;
    Ok(Some(line.trim_end_matches(['\r', '\n']).into()))
}

fn not_signed_in(values: &Values, is_expired: bool) -> CliError {
    let profile = match values.profile() {
        _ if values.is_default_profile() => String::new(),
        name => format!(" --profile {name}"),
    };
    CliError::NotSignedIn(if is_expired {
        format!("the session has expired. Sign in again: nebula-explorer login{profile}")
    } else {
        format!("not signed in. Sign in with `nebula-explorer login{profile}`, or set {PASSWORD_VARIABLE}")
    })
}
