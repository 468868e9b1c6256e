//! `login`: sign in, and store the session in a profile.

use std::io::{IsTerminal as _, Write as _};

use clap::ValueEnum as _;
use nebula_explorer::Credentials;

use crate::commands::context::{Context, Schemas};
use crate::commands::execute::{self, Execute};
use crate::error::CliError;
use crate::output::stderr::note;
use crate::output::time::local;
use crate::password_prompt;
use crate::session::client;
use crate::session::connection::given_password;
use crate::session::profiles::{self, Profile, SecretStore};
use crate::session::secrets::{self, Secrets};
use crate::session::settings::{SECRETS_VARIABLE, Setting, variable};
use crate::session::values::{Value, Values};

/// Sign in, and store the server, the user and the token in a profile
#[derive(clap::Args)]
pub struct Arguments {
    /// Store the password too, so that an expired session is renewed
    #[arg(long)]
    keep_password: bool,
    #[arg(long, value_enum, value_name = "STORE", help = secrets_help())]
    secrets: Option<SecretStore>,
}

fn secrets_help() -> String {
    format!("Where to store secrets [default: keyring, or file if there is none] [env: {SECRETS_VARIABLE}]")
}

impl Execute for Arguments {
    fn schemas(_: &'static str) -> Schemas {
        execute::text()
    }

    async fn run(self, context: &Context) -> Result<(), CliError> {
        let mut values = Values::load_for_login(&context.flags)?;
        for setting in Setting::of_session() {
            ask(&mut values, setting)?;
        }
        for setting in Setting::all().filter(|setting| setting.is_path()) {
            let Some(path) = values.get(setting) else { continue };
            // Later commands may run in another directory.
            let absolute = std::fs::canonicalize(path).map_err(|error| CliError::Usage(format!("{path}: {error}")))?;
            values.set(setting, Value { text: absolute.display().to_string(), source: setting.flag() });
        }
        values.graph()?;
        let (url, user) = (values.required(Setting::Url)?, values.required(Setting::User)?);
        let password = match given_password(values.password_stdin)? {
            Some(password) => password,
            None => password_prompt::ask(user).await?,
        };
        let explorer = client::builder(&values, Credentials::account(user, password.clone()))?.build()?;
        let token = explorer.sign_in().await.map_err(|error| CliError::from(error).with_encoding(values.encoding()))?;
        let secrets = Secrets::new(&token, self.keep_password.then_some(password));
        let name = values.profile();
        let store = store(name, self.secrets.or(store_from_variable()?), &secrets)?;
        let previous = values.stored.as_ref().map(|stored| stored.secrets);
        if let Some(previous) = previous.filter(|&previous| previous != store)
            && let Err(error) = secrets::remove(name, previous)
        {
            note(format!("warning: the previous token is not deleted: {error}"));
        }
        let profile = Profile::new(values.iter().map(|(setting, value)| (setting, value.text.as_str())), store);
        note(format!("Signed in to {url} as {user}, profile `{name}`"));
        if let Some(time) = secrets.expires_at {
            note(format!("The token expires at {}", local(time)));
        }
        profiles::put(name, &profile)
    }
}

/// Stores the secrets in the given store, or else in the keyring if there is one.
fn store(profile: &str, store: Option<SecretStore>, secrets: &Secrets) -> Result<SecretStore, CliError> {
    if let Some(store) = store {
        return secrets::write(profile, store, secrets).map(|()| store);
    }
    if secrets::write(profile, SecretStore::Keyring, secrets).is_ok() {
        return Ok(SecretStore::Keyring);
    }
    note("No keyring is available; the token is stored in a file that only you can read");
    secrets::write(profile, SecretStore::File, secrets).map(|()| SecretStore::File)
}

fn store_from_variable() -> Result<Option<SecretStore>, CliError> {
    let store = variable(SECRETS_VARIABLE).map(|value| SecretStore::from_str(&value, true));
    store.transpose().map_err(|_| CliError::Usage(format!("{SECRETS_VARIABLE} must be `keyring` or `file`")))
}

/// Asks for a setting that has no value.
fn ask(values: &mut Values, setting: Setting) -> Result<(), CliError> {
    if values.has(setting) {
        return Ok(());
    }
    let flag = setting.flag();
    if !std::io::stdin().is_terminal() {
        return Err(CliError::Usage(format!("there is no terminal to ask on: set {flag}")));
    }
    let mut line = String::new();
    let asked = std::io::stderr().write_all(format!("{}: ", setting.help()).as_bytes());
    let read = asked.and_then(|()| std::io::stdin().read_line(&mut line));
    read.map_err(|error| CliError::Other(format!("cannot read from the terminal: {error}")))?;
    match line.trim() {
        "" => Err(CliError::Usage(format!("no value was entered: set {flag}"))),
        text => {
            values.set(setting, Value { text: text.into(), source: "entered".into() });
            Ok(())
        }
    }
}
