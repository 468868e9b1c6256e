//! `status`: the settings and the session.

use nebula_explorer::Timestamp;
use schemars::JsonSchema;
use serde::Serialize;

use crate::commands::context::{Context, Schemas};
use crate::commands::execute::{self, Execute};
use crate::error::CliError;
use crate::output::escape::escaped;
use crate::output::output::{Output, Shape, text};
use crate::output::records::Record;
use crate::output::time::Times;
use crate::session::connection::Connection;
use crate::session::values::Values;

/// Show the settings, whether they sign in, and when the token expires; -v also the source of each setting
#[derive(clap::Args)]
pub struct Arguments {}

impl Execute for Arguments {
    fn schemas(name: &'static str) -> Schemas {
        execute::json::<Status>(name)
    }

    async fn run(self, context: &Context) -> Result<(), CliError> {
        let values = Values::load(&context.flags)?;
        let settings = values.iter().map(|(setting, value)| SettingValue {
            name: setting.name(),
            value: if setting.is_secret() { "(hidden)".into() } else { value.text.clone() },
            source: value.source.clone(),
        });
        let mut status = Status { settings: settings.collect(), signed_in: false, expires_at: None, secrets: None };
        let outcome = match Connection::open(&values) {
            Ok(connection) => {
                // Only the server knows whether it accepts the token.
                let outcome = connection.explorer.jobs().page_size(1).await;
                status.signed_in = outcome.is_ok();
                status.expires_at = connection.expires_at();
                status.secrets = connection.store();
                outcome.map(|_| ()).map_err(|error| CliError::from(error).with_encoding(values.encoding()))
            }
            Err(error) => Err(error),
        };
        print(&status, context.verbose, context.output)?;
        outcome
    }
}

fn print(status: &Status, sources: bool, output: Output) -> Result<(), CliError> {
    match output.shape() {
        Shape::Json | Shape::Ndjson => output.json(status),
        Shape::Csv | Shape::Tabs => output.all(status.lines(Times::Rfc3339, sources)),
        Shape::Table => text(&status.lines(Times::Local, sources).iter().map(Line::for_people).collect::<String>()),
    }
}

/// The settings and the session.
#[derive(Serialize, JsonSchema)]
struct Status {
    settings: Vec<SettingValue>,
    /// Whether the server has just accepted the token or the account
    signed_in: bool,
    /// When the token expires, if the server said so
    #[schemars(with = "Option<String>", extend("format" = "date-time"))]
    expires_at: Option<Timestamp>,
    /// Where the token is stored: keyring, file, or cache if there is no profile; null if it is not stored
    secrets: Option<&'static str>,
}

/// A setting that has a value.
#[derive(Serialize, JsonSchema)]
struct SettingValue {
    name: String,
    value: String,
    /// The flag, the variable or the profile that the value comes from
    source: String,
}

impl Status {
    fn lines(&self, times: Times, sources: bool) -> Vec<Line> {
        let line = |name: &str, value: &str, source: &str| Line {
            name: name.into(),
            value: value.into(),
            source: if sources { source.into() } else { String::new() },
        };
        let settings = self.settings.iter().map(|setting| line(&setting.name, &setting.value, &setting.source));
        let mut lines: Vec<_> = settings.collect();
        lines.push(line("signed_in", if self.signed_in { "yes" } else { "no" }, ""));
        if self.signed_in {
            let expires_at = self.expires_at.map_or_else(|| "unknown".into(), |time| times.show(Some(time)));
            lines.push(line("token_expires_at", &expires_at, ""));
            lines.push(line("token_stored_in", self.secrets.unwrap_or("nothing"), ""));
        }
        lines
    }
}

/// A line of the status.
#[derive(Serialize)]
struct Line {
    name: String,
    value: String,
    source: String,
}

impl Line {
    fn for_people(&self) -> String {
        let source = if self.source.is_empty() { String::new() } else { format!("  (from {})", self.source) };
        let name = self.name.replace('_', " ");
        format!("{name:<18}{}{}\n", escaped(&self.value), escaped(&source))
    }
}

impl Record for Line {
    const HEAD: &'static [&'static str] = &["NAME", "VALUE", "SOURCE"];

    fn cells(&self, _: Times) -> Vec<String> {
        vec![self.name.clone(), self.value.clone(), self.source.clone()]
    }
}
