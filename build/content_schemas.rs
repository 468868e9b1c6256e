//! The schemas of JSON text in a string: `x-content-schema`, like `contentSchema` of JSON Schema 2020-12. They and the titled
//! schemas inside of them become components, so that later steps treat them like all other schemas. They are not components in
//! the contract, because no tool follows a reference in an extension.

use serde_json::{Map, Value, json};

use super::contract::ContractError;

pub const KEYWORD: &str = "x-content-schema";

/// Moves every such schema to the components, under its title, and leaves a reference to it.
pub fn into_components(document: &mut Value) -> Result<(), ContractError> {
    let mut found = Vec::new();
    find(document, "", &mut found)?;
    if found.is_empty() {
        return Ok(());
    }
    let components = document["components"]["schemas"].as_object_mut();
    let components = components.ok_or_else(|| ContractError::new("components.schemas", "is missing"))?;
    for Titled { title, schema, place } in found {
        if components.contains_key(&title) {
            return Err(ContractError::new(place, format!("components.schemas already contains `{title}`")));
        }
        components.insert(title, schema);
    }
    Ok(())
}

struct Titled {
    title: String,
    schema: Value,
    place: String,
}

fn find(value: &mut Value, place: &str, found: &mut Vec<Titled>) -> Result<(), ContractError> {
    if let Value::Object(fields) = value
        && let Some(schema) = fields.get_mut(KEYWORD)
    {
        let place = format!("{place}.{KEYWORD}");
        let is_named = schema.get("title").is_some_and(Value::is_string) || schema.get("$ref").is_some();
        if !is_named {
            return Err(ContractError::new(place, "`title` is missing: it becomes the name of the type"));
        }
        take_titled(schema, &place, found);
    }
    each_child(value, place, &mut |child, place| find(child, place, found))
}

/// Takes a schema and all inside of it that have a title, and puts references in their places.
fn take_titled(schema: &mut Value, place: &str, found: &mut Vec<Titled>) {
    let children: Result<(), std::convert::Infallible> = each_child(schema, place, &mut |child, place| {
        take_titled(child, place, found);
        Ok(())
    });
    let Ok(()) = children;
    let Some(title) = schema.get("title").and_then(Value::as_str).map(str::to_string) else { return };
    let reference = json!({ "$ref": format!("#/components/schemas/{title}") });
    let mut schema = std::mem::replace(schema, reference);
    schema.as_object_mut().map(|fields: &mut Map<String, Value>| fields.remove("title"));
    found.push(Titled { title, schema, place: place.into() });
}

fn each_child<E>(
    value: &mut Value,
    place: &str,
    visit: &mut impl FnMut(&mut Value, &str) -> Result<(), E>,
) -> Result<(), E> {
    let inside = |name: &str| if place.is_empty() { name.to_string() } else { format!("{place}.{name}") };
    match value {
        Value::Object(fields) => fields.iter_mut().try_for_each(|(name, child)| visit(child, &inside(name))),
        Value::Array(items) => {
            items.iter_mut().enumerate().try_for_each(|(at, child)| visit(child, &inside(&format!("[{at}]"))))
        }
        _ => Ok(()),
    }
}
