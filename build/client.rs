//! progenitor's part: the client, its types and the mocks.

use std::panic::{AssertUnwindSafe, catch_unwind};

use proc_macro2::TokenStream;
use progenitor_impl::{GenerationSettings, Generator, InterfaceStyle};
use serde_json::{Value, json};

use super::contract::ContractError;
use super::lower::Lowered;

pub fn client(lowered: &Lowered) -> Result<String, ContractError> {
    let mut client =
        super::parse(run(lowered, &lowered.client, |generator, document| generator.generate_tokens(document))?)?;
    super::postprocess::postprocess(&mut client);
    Ok(prettyplease::unparse(&client))
}

pub fn mocks(lowered: &Lowered) -> Result<String, ContractError> {
    super::format(run(lowered, &lowered.mocks, |generator, document| {
        generator.httpmock(document, "crate::contract::generated")
    })?)
}

type Step = fn(&mut Generator, &openapiv3::OpenAPI) -> progenitor_impl::Result<TokenStream>;

fn run(lowered: &Lowered, document: &Value, step: Step) -> Result<TokenStream, ContractError> {
    attempt(lowered, document, step).map_err(|problem| {
        // progenitor does not say where: run it on one schema and then on one operation at a time to find out.
        let place = one_schema_each(document)
            .chain(one_operation_each(document))
            .find_map(|(place, alone)| attempt(lowered, &alone, step).err().map(|_| place))
            .unwrap_or_default();
        ContractError::new(place, problem)
    })
}

/// Runs progenitor, which panics on some documents; a panic becomes an error like any other.
fn attempt(lowered: &Lowered, document: &Value, step: Step) -> Result<TokenStream, String> {
    let document = serde_json::from_value(document.clone()).map_err(|error| error.to_string())?;
    match catch_unwind(AssertUnwindSafe(|| step(&mut Generator::new(&settings(lowered)), &document))) {
        Ok(tokens) => tokens.map_err(|error| error.to_string()),
        Err(panic) => Err(panic
            .downcast_ref::<String>()
            .cloned()
            .or_else(|| panic.downcast_ref::<&str>().map(|text| text.to_string()))
            .unwrap_or_else(|| "the generator gave up without a word".into())),
    }
}

fn settings(lowered: &Lowered) -> GenerationSettings {
    let mut settings = GenerationSettings::new();
    settings
        .with_interface(InterfaceStyle::Builder)
        .with_derive("schemars::JsonSchema")
        .with_derive("PartialEq")
        .with_inner_type("crate::client::context::Context".parse().unwrap_or_default())
        // In the order of their names, so that the same parameters are the same bytes.
        .with_map_type("::std::collections::BTreeMap")
        // A number without a format stays as it was written: 10 is not sent as 10.0.
        .with_conversion(plain_number(), "::serde_json::Number", std::iter::empty());
    for (schema, rust) in &lowered.replaced {
        settings.with_replacement(schema, rust, std::iter::empty());
    }
    settings
}

fn plain_number() -> schemars08::schema::SchemaObject {
    schemars08::schema::SchemaObject {
        instance_type: Some(schemars08::schema::InstanceType::Number.into()),
        ..Default::default()
    }
}

/// The document without paths and with one schema, the others standing for any value.
fn one_schema_each(document: &Value) -> impl Iterator<Item = (String, Value)> + '_ {
    let schemas = document["components"]["schemas"].as_object();
    schemas.into_iter().flatten().map(move |(name, schema)| {
        let mut alone = document.clone();
        alone["paths"] = json!({});
        for (other, any) in alone["components"]["schemas"].as_object_mut().into_iter().flatten() {
            *any = if other == name { schema.clone() } else { json!({}) };
        }
        (format!("components.schemas.{name}"), alone)
    })
}

fn one_operation_each(document: &Value) -> impl Iterator<Item = (String, Value)> + '_ {
    let paths = document["paths"].as_object().into_iter().flatten();
    paths.flat_map(move |(path, item)| {
        let methods = item.as_object().into_iter().flatten().filter(|(_, body)| body.get("responses").is_some());
        methods.map(move |(method, body)| {
            let mut alone = document.clone();
            let mut only = serde_json::Map::from_iter([(method.clone(), body.clone())]);
            if let Some(parameters) = item.get("parameters") {
                only.insert("parameters".into(), parameters.clone());
            }
            alone["paths"] = Value::Object([(path.clone(), Value::Object(only))].into_iter().collect());
            (format!("paths.{path}.{method}"), alone)
        })
    })
}
