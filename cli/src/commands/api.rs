//! `api`: any request, signed in.

use nebula_explorer::operations::OPERATIONS;
use serde_json::Value;

use crate::commands::context::{Context, Schemas};
use crate::commands::execute::{self, Execute};
use crate::error::CliError;
use crate::input;
use crate::output::output::text;

/// Send any request, signed in, and print the complete response
#[derive(clap::Args)]
pub struct Arguments {
    /// HTTP method [default: GET, or POST with a body]
    #[arg(short = 'X', long, value_name = "METHOD")]
    method: Option<String>,
    #[arg(help = path_help())]
    path: String,
    /// Query parameter; can be repeated
    #[arg(short, long = "query", value_name = "KEY=VALUE")]
    query: Vec<String>,
    /// Body, as JSON; `@FILE` reads it from a file, `@-` from standard input
    #[arg(short, long, value_name = "JSON")]
    data: Option<String>,
}

fn path_help() -> String {
    let path = OPERATIONS.iter().map(|operation| operation.path).find(|path| !path.contains('{'));
    format!("Path from the root of the server, such as {}", path.unwrap_or("/"))
}

impl Execute for Arguments {
    fn schemas(_: &'static str) -> Schemas {
        execute::text()
    }

    async fn run(self, context: &Context) -> Result<(), CliError> {
        let method = self.method.unwrap_or_else(|| if self.data.is_some() { "POST" } else { "GET" }.into());
        context
            .with_explorer(async |explorer| {
                let mut request = explorer.request(method, self.path);
                for pair in &self.query {
                    let (key, value) =
                        pair.split_once('=').ok_or_else(|| CliError::Usage(format!("`{pair}` is not KEY=VALUE")))?;
                    request = request.query(key, value);
                }
                if let Some(data) = &self.data {
                    request = request.json(body(data)?);
                }
                let envelope = request.await?;
                text(&format!("{}\n", String::from_utf8_lossy(&envelope).trim_end()))
            })
            .await
    }
}

fn body(data: &str) -> Result<Value, CliError> {
    match data.strip_prefix('@') {
        None => input::parse("the body", data.as_bytes()),
        Some(path) => input::json(path),
    }
}
