//! `logout`: delete a profile.

use crate::commands::context::{Context, Schemas};
use crate::commands::execute::{self, Execute};
use crate::error::CliError;
use crate::output::stderr::note;
use crate::session::values::Values;
use crate::session::{cache, profiles, secrets};

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
            note(match cache::remove(&values) {
                true => "Deleted the token that was kept for these settings".into(),
                false => format!("There is no profile `{name}`"),
            });
            return Ok(());
        };
        // A profile must not stay because a keyring is missing.
        if let Err(error) = secrets::remove(name, stored.secrets) {
            note(format!("warning: the token is not deleted: {error}"));
            profiles::remove(name)?;
            note(format!("Deleted the profile `{name}`"));
            return Ok(());
        }
        profiles::remove(name)?;
        note(format!("Deleted the profile `{name}` with its token and password"));
        Ok(())
    }
}
