//! A client for the settings, signed in with the stored token or able to sign in.

use std::io::IsTerminal as _;
use std::sync::Arc;

use nebula_explorer::{Credentials, Explorer, SecretString, SqlStore, Timestamp};
use secrecy::ExposeSecret as _;

use crate::error::CliError;
use crate::input;
use crate::session::client;
use crate::session::secrets::Secrets;
use crate::session::settings::{PASSWORD_VARIABLE, Setting, variable};
use crate::session::shared_sign_in::SharedSignIn;
use crate::session::token_store::TokenStore;
use crate::session::values::Values;

pub struct Connection {
    pub explorer: Explorer,
    store: Arc<TokenStore>,
}

impl Connection {
    pub fn open(values: &Values) -> Result<Self, CliError> {
        Self::open_with(values, None)
    }

    /// With a store of submissions for idempotency keys.
    pub fn open_with(values: &Values, submissions: Option<Arc<SqlStore>>) -> Result<Self, CliError> {
        for setting in Setting::of_session() {
            values.required(setting)?;
        }
        let given = given_password(values.password_stdin)?;
        let (store, stored) = TokenStore::open(values, given.as_ref())?;
        let store = Arc::new(store);
        let password = given.or_else(|| stored.as_ref().and_then(Secrets::password));
        let valid = stored.as_ref().filter(|stored| !stored.is_expired());
        let user = values.required(Setting::User)?;
        let can_sign_in = password.is_some();
        let credentials = match (password, valid) {
            (Some(password), Some(stored)) => Credentials::account(user, password).with_token(stored.token.clone()),
            (Some(password), None) => Credentials::account(user, password),
            (None, Some(stored)) => Credentials::token(stored.token.clone()),
            (None, None) => return Err(not_signed_in(values, stored.is_some())),
        };
        let cookies = valid.map(Secrets::cookies).unwrap_or_default();
        let mut builder = client::builder(values, credentials.with_cookies(cookies))?;
        if can_sign_in {
            let shared = SharedSignIn::new(Arc::clone(&store), stored.map(|stored| stored.token));
            builder = builder.wrap_sign_in(move |sign_in| shared.run(sign_in));
        }
        if let Some(submissions) = submissions {
            builder = builder.submission_store(submissions);
        }
        Ok(Self { explorer: builder.build()?, store })
    }

    /// Where the token is kept; `None` if it is not.
    pub fn store(&self) -> Option<&'static str> {
        self.store.name()
    }

    /// When the session's token expires: a new token says so itself, for a stored one it was stored with it.
    pub fn expires_at(&self) -> Option<Timestamp> {
        let token = self.explorer.token()?;
        let stored =
            || self.store.read().ok()?.filter(|stored| stored.token.expose_secret() == token.secret().expose_secret());
        Secrets::new(&token, None).expires_at.or_else(|| stored()?.expires_at)
    }
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
