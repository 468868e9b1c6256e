//! The clients of the tools: signed in when the first tool needs it, with the settings as they are then.

use std::sync::{Arc, Mutex, PoisonError};

use nebula_explorer::{AccountEncoding, Explorer, SqlStore};

use crate::error::CliError;
use crate::exit_code;
use crate::session::connection::Connection;
use crate::session::flags::Flags;
use crate::session::submissions::Store;
use crate::session::values::Values;

pub struct Session {
    flags: Flags,
    store: Store,
    /// Without a store of submissions, as commands without idempotency keys.
    plain: Mutex<Option<Client>>,
    keyed: Mutex<Option<Client>>,
}

#[derive(Clone)]
pub struct Client {
    pub explorer: Explorer,
    encoding: AccountEncoding,
}

impl Session {
    pub fn new(flags: Flags, store: Store) -> Self {
        Self { flags, store, plain: Mutex::default(), keyed: Mutex::default() }
    }

    /// The client; with `is_keyed`, one for requests with an idempotency key.
    pub fn client(&self, is_keyed: bool) -> Result<Client, CliError> {
        let place = if is_keyed { &self.keyed } else { &self.plain };
        let mut place = place.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(client) = place.as_ref() {
            return Ok(client.clone());
        }
        let submissions = is_keyed.then(|| self.store()).transpose()?;
        let values = Values::load(&self.flags)?;
        let connection = Connection::open_with(&values, submissions)?;
        let client = Client { explorer: connection.explorer, encoding: values.encoding() };
        Ok(place.insert(client).clone())
    }

    pub fn store(&self) -> Result<Arc<SqlStore>, CliError> {
        self.store.open()
    }

    /// After a sign-in that was rejected, the settings are read again: the user may run `login` meanwhile.
    pub fn note(&self, error: &CliError) {
        if exit_code::is_denied(error) {
            for place in [&self.plain, &self.keyed] {
                place.lock().unwrap_or_else(PoisonError::into_inner).take();
            }
        }
    }
}

impl Client {
    /// An error of this client, which says more if its account was rejected.
    pub fn error(&self, error: nebula_explorer::Error) -> CliError {
        CliError::from(error).with_encoding(self.encoding)
    }
}
