//! `logout`: delete a profile.

use crate::commands::context::{Context, Schemas};
use crate::commands::execute::{self, Execute};
use crate::error::CliError;
use crate::output::stderr::note;
use crate::session::values::Values;
use crate::session::{profiles, secrets};

/// Delete a profile with its token and password
#[derive(clap::Args)]
pub struct Arguments {}

impl Execute for Arguments {
    fn schemas(_: &'static str) -> Schemas {
        execute::text()
    }

    async fn run(self, context: &Context) -> Result<(), CliError> {
        let values = Values::load(&context.flags)?;
        let name = values.profile();
        let Some(stored) = &values.stored else {
            note(format!("There is no profile `{name}`"));
            return Ok(());
        };
        secrets::remove(name, stored.secrets)?;
        profiles::update(|config| {
            config.profiles.remove(name);
        })?;
        note(format!("Deleted the profile `{name}` with its token and password"));
        Ok(())
    }
}
