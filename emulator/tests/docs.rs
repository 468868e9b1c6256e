//! The API reference under `/docs/`.

#![allow(missing_docs, clippy::unwrap_used)]

use nebula_explorer::operations::{CONTRACT, OPERATIONS};
use nebula_explorer_emulator::{Emulator, EmulatorBuilder, ServerVersion, docs};
use serde_json::Value;

async fn get(builder: EmulatorBuilder, paths: &[&str]) -> Vec<(u16, String, String)> {
    let emulator = builder.start().await.unwrap();
    let mut responses = Vec::new();
    for path in paths {
        let response = reqwest::get(format!("{}{path}", emulator.url())).await.unwrap();
        let header = |name: &str| response.headers().get(name).map(|value| value.to_str().unwrap().to_string());
        let (status, policy) = (response.status().as_u16(), header("content-security-policy").unwrap_or_default());
        responses.push((status, policy, response.text().await.unwrap()));
    }
    responses
}

#[tokio::test]
async fn the_reference_shows_the_contract_and_loads_nothing_from_other_hosts() {
    let responses = get(
        Emulator::builder(),
        &["/docs", "/docs/", "/docs/openapi.json", "/docs/openapi.yaml", "/docs/swagger-ui-bundle.js", "/docs/unknown"],
    )
    .await;
    let [redirected, page, json, yaml, viewer, unknown] = &responses[..] else { unreachable!() };
    assert_eq!((redirected, page.0, unknown.0), (page, 200, 404));
    assert!(page.1.starts_with("default-src 'self'") && !page.2.contains("http"), "{page:?}");
    let contract: Value = serde_json::from_str(&json.2).unwrap();
    for operation in OPERATIONS {
        let id = &contract["paths"][operation.path][operation.method.to_lowercase()]["operationId"];
        assert_eq!(id, operation.id);
    }
    assert_eq!(contract["servers"][0]["url"], "/", "requests go to the emulator");
    assert_eq!(yaml.2, CONTRACT);
    assert!(viewer.2.contains("SwaggerUIBundle"));
}

#[tokio::test]
async fn only_the_default_account_is_prefilled() {
    for (builder, account) in [
        (Emulator::builder(), r#"const account = "WyJyb290IiwibmVidWxhIl0=";"#),
        (Emulator::builder().version(ServerVersion::V3_1), r#"const account = "cm9vdDpuZWJ1bGE=";"#),
        (Emulator::builder().account("tom", "s3cret"), "const account = null;"),
    ] {
        let script = &get(builder, &["/docs/reference.js"]).await[0].2;
        assert!(script.starts_with(account), "{}", &script[..80]);
    }
}

#[test]
fn the_static_reference_sends_no_requests() {
    let files = docs::static_files().unwrap();
    let script = files.iter().find(|file| file.name == "reference.js").unwrap();
    let script = String::from_utf8(script.content.clone()).unwrap();
    assert!(script.contains("\"supportedSubmitMethods\":[]") && script.contains("const account = null"));
}
