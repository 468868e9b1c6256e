//! What every tool has in common.

use std::sync::Arc;

use rmcp::model::{JsonObject, ProgressNotificationParam, ToolAnnotations};
use rmcp::service::{RequestContext, RoleServer};
use schemars::JsonSchema;
use serde::Serialize;
use serde::de::DeserializeOwned;
use serde_json::Value;

use crate::commands::mcp::schema;
use crate::commands::mcp::session::Session;
use crate::commands::mcp::submitting::Submitting;
use crate::error::CliError;

/// The arguments of a tool, and what it does. Its description is that of the type. Arguments that have the name of an option of
/// the command share its help.
pub trait Tool: DeserializeOwned + JsonSchema {
    const NAME: &'static str;
    const COMMAND: &'static [&'static str];
    const EFFECT: Effect;
    type Output: Serialize + JsonSchema;

    fn call(self, call: &Call) -> impl Future<Output = Result<Self::Output, CliError>> + Send;
}

/// What a tool changes.
#[derive(Clone, Copy, PartialEq, Eq)]
pub enum Effect {
    Nothing,
    /// Creates something each time, and may replace data.
    Creates,
    /// Ends something; a second time has no effect.
    Ends,
}

/// One call of a tool.
pub struct Call {
    pub session: Arc<Session>,
    pub submitting: Submitting,
    pub request: RequestContext<RoleServer>,
    /// How to run this program for the same server.
    pub program: String,
}

impl Call {
    /// Whether the client wants to know the progress.
    pub fn has_progress(&self) -> bool {
        self.request.meta.get_progress_token().is_some()
    }

    /// Tells the client how much of `total` is done.
    pub async fn progress(&self, done: f64, total: f64, message: String) {
        if let Some(token) = self.request.meta.get_progress_token() {
            let progress = ProgressNotificationParam::new(token, done).with_total(total).with_message(message);
            // Fails if the client has gone, which ends the server anyway.
            let _ = self.request.peer.notify_progress(progress).await;
        }
    }
}

/// The tool as the protocol describes it.
pub fn definition<T: Tool>(command_line: &clap::Command) -> rmcp::model::Tool {
    let command = T::COMMAND.iter().try_fold(command_line, |command, name| command.find_subcommand(name));
    let mut arguments = schema::of_arguments::<T>(command);
    let description = match arguments.remove("description") {
        Some(Value::String(text)) => text,
        _ => String::new(),
    };
    rmcp::model::Tool::new(T::NAME, description, arguments)
        .with_title(title(T::NAME))
        .with_raw_output_schema(Arc::new(schema::of_results::<T::Output>()))
        .with_annotations(annotations(T::EFFECT))
}

/// Calls the tool.
pub async fn call<T: Tool>(arguments: JsonObject, call: &Call) -> Result<Value, CliError> {
    let tool: T = serde_path_to_error::deserialize(Value::Object(arguments))
        .map_err(|error| CliError::Usage(format!("invalid arguments of {}: {error}", T::NAME)))?;
    let output = tool.call(call).await?;
    serde_json::to_value(output).map_err(|error| CliError::Other(format!("cannot convert the result to JSON: {error}")))
}

fn title(name: &str) -> String {
    let words = name.replace('_', " ");
    let mut letters = words.chars();
    letters.next().map(|first| first.to_uppercase().chain(letters).collect()).unwrap_or_default()
}

fn annotations(effect: Effect) -> ToolAnnotations {
    let annotations = ToolAnnotations::new().read_only(effect == Effect::Nothing);
    match effect {
        Effect::Nothing => annotations,
        Effect::Creates => annotations.destructive(true).idempotent(false),
        Effect::Ends => annotations.destructive(true).idempotent(true),
    }
}
