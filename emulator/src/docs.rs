//! The API reference: the contract in Swagger UI, which is bundled, so that nothing is loaded from other hosts.

use std::sync::Arc;

use axum::Router;
use axum::extract::Path;
use axum::http::StatusCode;
use axum::http::header::{CONTENT_SECURITY_POLICY, CONTENT_TYPE};
use axum::response::{IntoResponse as _, Redirect, Response};
use axum::routing::get;
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use nebula_explorer::operations::{CONTRACT, CONTRACT_JSON};
use serde_json::{Value, json};

use crate::defaults;
use crate::settings::Settings;

/// One file of the API reference.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct DocsFile {
    /// The file name; the page is `index.html`.
    pub name: &'static str,
    /// The media type.
    pub content_type: &'static str,
    /// The content.
    pub content: Vec<u8>,
}

/// The path that the emulator serves the API reference under.
pub const PATH: &str = "/docs/";

/// The API reference as static files for any web server. "Try it out" is disabled because there is no API to call.
///
/// # Errors
/// A message, if the contract is not valid JSON.
pub fn static_files() -> Result<Vec<DocsFile>, String> {
    Ok(files(contract()?, &json!({ "supportedSubmitMethods": [] }), None))
}

/// Serves the API reference. "Try it out" calls this emulator; the browser keeps the session cookie.
pub(crate) fn router(settings: &Settings) -> Router {
    let files = contract().map(|mut contract| {
        contract["servers"] = json!([{ "url": "/", "description": "This emulator" }]);
        Arc::new(files(contract, &json!({ "tryItOutEnabled": true }), default_account(settings)))
    });
    let serve = move |name: Option<Path<String>>| async move {
        let name = name.map_or_else(|| "index.html".to_string(), |Path(name)| name);
        match files {
            Ok(files) => files.iter().find(|file| file.name == name).map_or_else(not_found, respond),
            Err(problem) => (StatusCode::INTERNAL_SERVER_ERROR, problem).into_response(),
        }
    };
    Router::new()
        .route(PATH.trim_end_matches('/'), get(|| async { Redirect::permanent(PATH) }))
        .route(PATH, get(serve.clone()))
        .route(&format!("{PATH}{{file}}"), get(serve))
}

fn respond(file: &DocsFile) -> Response {
    // Swagger UI uses inline styles and images.
    const POLICY: &str = "default-src 'self'; style-src 'self' 'unsafe-inline'; img-src 'self' data:";
    ([(CONTENT_TYPE, file.content_type), (CONTENT_SECURITY_POLICY, POLICY)], file.content.clone()).into_response()
}

fn not_found() -> Response {
    StatusCode::NOT_FOUND.into_response()
}

/// The default account as `connect` expects it, to prefill the form. Accounts that were configured are never shown.
fn default_account(settings: &Settings) -> Option<String> {
    let (user, password) = settings.has_default_account().then_some(defaults::ACCOUNT)?;
    let plain = match settings.version.takes_json_array() {
        true => json!([user, password]).to_string(),
        false => format!("{user}:{password}"),
    };
    Some(STANDARD.encode(plain))
}

fn contract() -> Result<Value, String> {
    serde_json::from_str(CONTRACT_JSON).map_err(|error| format!("cannot read the contract: {error}"))
}

fn files(contract: Value, options: &Value, account: Option<String>) -> Vec<DocsFile> {
    let title = contract["info"]["title"].as_str().unwrap_or_default();
    let page = format!(
        r#"<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>{title}</title>
<link rel="icon" href="data:,">
<link rel="stylesheet" href="swagger-ui.css">
</head>
<body>
<div id="reference"></div>
<script src="swagger-ui-bundle.js"></script>
<script src="reference.js"></script>
</body>
</html>
"#
    );
    // The contract is embedded in the script, so that the page also works when it is opened from a local folder.
    let script = format!(
        "const account = {};\nconst reference = SwaggerUIBundle({{\n  spec: {contract},\n  dom_id: '#reference',\n  \
         deepLinking: true,\n  validatorUrl: null,\n  onComplete: () => account && \
         reference.preauthorizeApiKey('account', account),\n  ...{options}\n}});\n",
        json!(account)
    );
    let file = |name, content_type, content: &[u8]| DocsFile { name, content_type, content: content.to_vec() };
    vec![
        file("index.html", "text/html; charset=utf-8", page.as_bytes()),
        file("reference.js", "text/javascript; charset=utf-8", script.as_bytes()),
        file("openapi.json", "application/json", format!("{contract:#}").as_bytes()),
        file("openapi.yaml", "application/yaml", CONTRACT.as_bytes()),
        file(
            "swagger-ui-bundle.js",
            "text/javascript; charset=utf-8",
            include_bytes!(concat!(env!("OUT_DIR"), "/swagger-ui-bundle.js")),
        ),
        file("swagger-ui.css", "text/css; charset=utf-8", include_bytes!(concat!(env!("OUT_DIR"), "/swagger-ui.css"))),
        file(
            "swagger-ui-LICENSE.txt",
            "text/plain; charset=utf-8",
            include_bytes!(concat!(env!("OUT_DIR"), "/LICENSE")),
        ),
    ]
}
