//! progenitor's part: the client, its types and the mocks.

use proc_macro2::TokenStream;
use progenitor_impl::{GenerationSettings, Generator, InterfaceStyle};
use serde_json::{Value, json};

use super::contract::ContractError;
use super::guard::guard;
use super::lower::Lowered;

pub fn client(lowered: &Lowered) -> Result<String, ContractError> {
    let mut client = run(lowered, &lowered.client, |generator, document| generator.generate_tokens(document))?;
    super::postprocess::postprocess(&mut client);
    Ok(prettyplease::unparse(&client))
}

pub fn mocks(lowered: &Lowered) -> Result<String, ContractError> {
    let mocks =
        run(lowered, &lowered.mocks, |generator, document| generator.httpmock(document, "crate::contract::generated"))?;
    Ok(prettyplease::unparse(&mocks))
}

type Step = fn(&mut Generator, &openapiv3::OpenAPI) -> progenitor_impl::Result<TokenStream>;

fn run(lowered: &Lowered, document: &Value, step: Step) -> Result<syn::File, ContractError> {
    attempt(lowered, document, step).map_err(|problem| {
        // progenitor does not say where: run it on one schema and then on one operation at a time to find out.
        let place = std::iter::once((String::new(), without_schemas_and_paths(document)))
            .chain(one_schema_each(document))
            .chain(one_operation_each(document))
            .find_map(|(place, alone)| attempt(lowered, &alone, step).err().map(|_| place))
            .unwrap_or_default();
        ContractError::new(place, problem)
    })
}

fn attempt(lowered: &Lowered, document: &Value, step: Step) -> Result<syn::File, String> {
    guard(|| {
        let document = serde_json::from_value(document.clone()).map_err(|error| error.to_string())?;
        let mut generator = Generator::new(&settings(lowered));
        let tokens = step(&mut generator, &document).map_err(|error| error.to_string())?;
        super::parse(tokens).map_err(|error| error.to_string())
    })
}

fn settings(lowered: &Lowered) -> GenerationSettings {
    let mut settings = GenerationSettings::new();
    settings
        .with_interface(InterfaceStyle::Builder)
        .with_derive("schemars::JsonSchema")
        .with_derive("PartialEq")
        .with_inner_type("crate::client::context::Context".parse().unwrap_or_default())
        // Sorted, so that equal parameters are sent as equal bytes.
        .with_map_type("::std::collections::BTreeMap")
        // Keeps a number without a format as it is written: 10 is not sent as 10.0.
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

/// Every schema accepts any value, so that references to it remain valid.
fn without_schemas_and_paths(document: &Value) -> Value {
    let mut rest = document.clone();
    rest["paths"] = json!({});
    for (_, schema) in rest["components"]["schemas"].as_object_mut().into_iter().flatten() {
        *schema = json!({});
    }
    rest
}

fn one_schema_each(document: &Value) -> impl Iterator<Item = (String, Value)> + '_ {
    let schemas = document["components"]["schemas"].as_object().into_iter().flatten();
    schemas.map(move |(name, schema)| {
        let mut alone = without_schemas_and_paths(document);
        alone["components"]["schemas"][name] = schema.clone();
        (format!("components.schemas.{name}"), alone)
    })
}

/// All schemas remain, because an operation uses them.
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
