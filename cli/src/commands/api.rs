//! Any call, signed in.

use nebula_explorer::Explorer;
use serde_json::Value;

use crate::arguments::Api;
use crate::error::CliError;
use crate::input;
use crate::output::output::text;

pub async fn call(explorer: &Explorer, options: Api) -> Result<(), CliError> {
    let method = options.method.unwrap_or_else(|| if options.data.is_some() { "POST" } else { "GET" }.into());
    let mut request = explorer.request(method, options.path);
    for pair in &options.query {
        let pair = pair.split_once('=').ok_or_else(|| CliError::Usage(format!("`{pair}` is not KEY=VALUE")))?;
        request = request.query(pair.0, pair.1);
    }
    if let Some(data) = &options.data {
        request = request.json(body(data)?);
    }
    let envelope = request.await?;
    text(&format!("{}\n", String::from_utf8_lossy(&envelope).trim_end()))
}

fn body(data: &str) -> Result<Value, CliError> {
    match data.strip_prefix('@') {
        None => input::parse("the body", data.as_bytes()),
        Some(path) => input::json(path),
    }
}
