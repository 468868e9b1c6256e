//! JSON Schemas of the arguments and results of tools.

use rmcp::model::JsonObject;
use schemars::JsonSchema;
use schemars::generate::SchemaSettings;
use serde_json::{Value, json};

use crate::report::ErrorRecord;

/// The schema of arguments. What has no description of its own has that of the option or argument of this name of the command.
pub fn of_arguments<T: JsonSchema>(command: Option<&clap::Command>) -> JsonObject {
    let mut schema = generate::<T>(SchemaSettings::draft2020_12());
    let properties = schema.get_mut("properties").and_then(Value::as_object_mut);
    for (name, property) in properties.into_iter().flatten() {
        without_null(property);
        let help = command.and_then(|command| help(command, name));
        if let (Some(help), Some(property)) = (help, property.as_object_mut()) {
            property.entry("description").or_insert_with(|| help.into());
        }
    }
    // Without arguments schemars leaves them out, which some hosts reject.
    schema.entry("properties").or_insert_with(|| json!({}));
    schema
}

/// The schema of results: a `T`, or an error.
pub fn of_results<T: JsonSchema>() -> JsonObject {
    let settings = || SchemaSettings::draft2020_12().for_serialize();
    let schemas = [generate::<T>(settings()), generate::<ErrorRecord>(settings())];
    JsonObject::from_iter([("type".into(), "object".into()), ("anyOf".into(), json!(schemas))])
}

fn generate<T: JsonSchema>(mut settings: SchemaSettings) -> JsonObject {
    settings.inline_subschemas = true;
    settings.meta_schema = None;
    let mut value = settings.into_generator().into_root_schema_for::<T>().to_value();
    simplify(&mut value);
    match value {
        Value::Object(schema) => schema,
        _ => JsonObject::new(),
    }
}

/// Removes what is about Rust: names of types, sizes of numbers, line breaks, and examples.
fn simplify(value: &mut Value) {
    const EXAMPLE: &str = "\n\n```";
    match value {
        Value::Object(schema) => {
            let is_size = |name: &str| name.starts_with("int") || name.starts_with("uint") || name == "double";
            if schema.get("format").and_then(Value::as_str).is_some_and(is_size) {
                schema.remove("format");
            }
            // A property of that name is not a text.
            if schema.get("title").is_some_and(Value::is_string) {
                schema.remove("title");
            }
            if let Some(Value::String(text)) = schema.get_mut("description") {
                let text_only = text.split(EXAMPLE).next().unwrap_or_default();
                *text = text_only.split_whitespace().collect::<Vec<_>>().join(" ");
            }
            schema.values_mut().for_each(simplify);
        }
        Value::Array(values) => values.iter_mut().for_each(simplify),
        _ => {}
    }
}

/// An argument that may be left out need not also be null, which some hosts cannot express.
fn without_null(property: &mut Value) {
    let Some(schema) = property.as_object_mut() else { return };
    if schema.get("default").is_some_and(Value::is_null) {
        schema.remove("default");
    }
    let mut types = match schema.remove("type") {
        Some(Value::Array(types)) => types,
        other => Vec::from_iter(other),
    };
    types.retain(|name| name != "null");
    match types.as_slice() {
        [] => {}
        [only] => drop(schema.insert("type".into(), only.clone())),
        _ => drop(schema.insert("type".into(), types.into())),
    }
    if let Some(Value::Array(values)) = schema.get_mut("enum") {
        values.retain(|value| !value.is_null());
    }
}

fn help(command: &clap::Command, name: &str) -> Option<String> {
    let argument = command.get_arguments().find(|argument| argument.get_id() == name)?;
    argument.get_help().map(ToString::to_string)
}
