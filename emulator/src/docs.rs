//! The API reference: the contract in Swagger UI, which is bundled. Nothing is loaded from elsewhere.

use std::sync::Arc;

use axum::Router;
use axum::extract::Path;
use axum::http::StatusCode;
use axum::http::header::{CONTENT_SECURITY_POLICY, CONTENT_TYPE};
use axum::response::{IntoResponse as _, Redirect, Response};
use axum::routing::get;
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use nebula_explorer::operations::CONTRACT;
use serde_json::{Value, json};

use crate::settings::Settings;

/// A file of the reference.
#[derive(Clone, Debug)]
pub struct DocsFile {
    /// Its name; the page itself is `index.html`.
    pub name: &'static str,
    /// The media type.
    pub content_type: &'static str,
    /// What is in it.
    pub content: Vec<u8>,
}

/// The reference as files for any web server. It reads only: there is no server behind it to try calls on.
///
/// # Errors
/// What is wrong with the contract, if it is no YAML.
pub fn static_files() -> Result<Vec<DocsFile>, String> {
    Ok(files(contract()?, &json!({ "supportedSubmitMethods": [] }), None))
}

/// The reference under `/docs/`. Its "try it" calls this emulator: the browser keeps the cookie of `connect`.
pub(crate) fn router(settings: &Settings) -> Router {
    let files = contract().map(|mut contract| {
        contract["servers"] = json!([{ "url": "/", "description": "This emulator" }]);
        Arc::new(files(contract, &json!({ "tryItOutEnabled": true }), built_in_account(settings)))
    });
    let serve = move |name: Option<Path<String>>| async move {
        let name = name.map_or_else(|| "index.html".to_string(), |Path(name)| name);
        match files {
            Ok(files) => files.iter().find(|file| file.name == name).map_or_else(not_found, respond),
            Err(problem) => (StatusCode::INTERNAL_SERVER_ERROR, problem).into_response(),
        }
    };
    Router::new()
        .route("/docs", get(|| async { Redirect::permanent("/docs/") }))
        .route("/docs/", get(serve.clone()))
        .route("/docs/{file}", get(serve))
}

fn respond(file: &DocsFile) -> Response {
    // The viewer sets styles and small pictures of its own.
    const ONLY_FROM_HERE: &str = "default-src 'self'; style-src 'self' 'unsafe-inline'; img-src 'self' data:";
    ([(CONTENT_TYPE, file.content_type), (CONTENT_SECURITY_POLICY, ONLY_FROM_HERE)], file.content.clone())
        .into_response()
}

fn not_found() -> Response {
    StatusCode::NOT_FOUND.into_response()
}

/// The emulator's own account in the form that `connect` takes, to be filled in. Never one that somebody has set.
fn built_in_account(settings: &Settings) -> Option<String> {
    let (user, password) = settings.built_in_account()?;
    let plain =
        if settings.version.takes_array() { json!([user, password]).to_string() } else { format!("{user}:{password}") };
    Some(STANDARD.encode(plain))
}

fn contract() -> Result<Value, String> {
    serde_saphyr::from_str(CONTRACT).map_err(|error| format!("the contract cannot be read: {error}"))
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
    // The contract is part of the script, so that the page also works when it is opened from a folder.
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
