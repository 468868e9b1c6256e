//! What every command has in common.

use clap::Args;
use schemars::{JsonSchema, schema_for};

use crate::commands::context::{Context, Schemas};
use crate::error::CliError;

/// The arguments of a command, and what it does.
pub trait Execute: Args {
    /// The schema of what the command writes with `--output json`, under the command's name: [`json`] or [`text`].
    fn schemas(name: &'static str) -> Schemas;

    async fn run(self, context: &Context) -> Result<(), CliError>;
}

/// The command writes JSON of this type.
pub fn json<T: JsonSchema>(name: &'static str) -> Schemas {
    vec![(name, || schema_for!(T))]
}

/// The command writes no JSON, or JSON that has no schema of ours.
pub fn text() -> Schemas {
    Vec::new()
}

/// Declares a group of commands from their modules, each of which has `Arguments` that implement [`Execute`]. `$prefix` comes
/// before the names of their schemas.
macro_rules! commands {
    ($group:ident, $prefix:literal, { $($variant:ident: $module:ident,)* }) => {
        #[derive(clap::Subcommand)]
        pub enum $group {
            $($variant(Box<$module::Arguments>),)*
        }

        impl $group {
            pub fn schemas() -> $crate::commands::context::Schemas {
                use $crate::commands::execute::Execute;
                [$($module::Arguments::schemas(concat!($prefix, stringify!($module)))),*].concat()
            }

            pub async fn run(
                self,
                context: &$crate::commands::context::Context,
            ) -> Result<(), $crate::error::CliError> {
                use $crate::commands::execute::Execute;
                match self {
                    $(Self::$variant(arguments) => arguments.run(context).await,)*
                }
            }
        }
    };
}
pub(crate) use commands;
