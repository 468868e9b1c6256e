//! What a command is given besides its own arguments.

use std::sync::Arc;

use nebula_explorer::{Explorer, SqlStore};
use schemars::Schema;

use crate::error::CliError;
use crate::output::output::Output;
use crate::session::connection::Connection;
use crate::session::flags::Flags;
use crate::session::values::Values;

pub struct Context {
    pub flags: Flags,
    pub output: Output,
    /// Whether `-v` is given.
    pub verbose: bool,
    /// The whole command line, for commands that describe it.
    pub command_line: clap::Command,
    /// The schemas of what the commands write as JSON.
    pub schemas: Schemas,
}

/// Schemas by the name of the command.
pub type Schemas = Vec<(&'static str, fn() -> Schema)>;

impl Context {
    /// Does something with a client.
    pub async fn with_explorer(
        &self,
        work: impl AsyncFnOnce(&Explorer) -> Result<(), CliError>,
    ) -> Result<(), CliError> {
        self.with_submissions(None, work).await
    }

    /// Does something with a client that records its submissions in this store.
    pub async fn with_submissions(
        &self,
        submissions: Option<Arc<SqlStore>>,
        work: impl AsyncFnOnce(&Explorer) -> Result<(), CliError>,
    ) -> Result<(), CliError> {
        let values = Values::load(&self.flags)?;
        let connection = Connection::open_with(&values, submissions)?;
        work(&connection.explorer).await.map_err(|error| error.with_encoding(values.encoding()))
    }
}
