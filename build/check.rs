//! What every later step relies on: references that lead somewhere, and names that become distinct Rust names.

use std::collections::BTreeSet;

use heck::{ToSnakeCase as _, ToUpperCamelCase as _};
use serde_json::Value;

use super::contract::{Contract, ContractError};
use super::names::{Distinct, is_identifier};

pub fn check(contract: &Contract) -> Result<(), ContractError> {
    compositions(contract)?;
    references(contract, contract.document(), "")?;
    schemas(contract)?;
    properties(contract)?;
    operation_ids(contract)?;
    parameters(contract)
}

/// A schema that is composed of itself has no meaning, and progenitor would overflow the stack.
fn compositions(contract: &Contract) -> Result<(), ContractError> {
    for (name, schema) in contract.schemas() {
        let mut reached = BTreeSet::new();
        let mut next = parts(schema);
        while let Some(reference) = next.pop() {
            if reached.insert(reference) {
                next.extend(contract.lookup(reference).map(parts).unwrap_or_default());
            }
        }
        if reached.contains(format!("#/components/schemas/{name}").as_str()) {
            return Err(ContractError::new(format!("components.schemas.{name}"), "is composed of itself"));
        }
    }
    Ok(())
}

/// The schemas that a schema is composed of.
fn parts(schema: &Value) -> Vec<&str> {
    let composed =
        ["allOf", "anyOf", "oneOf"].into_iter().filter_map(|keyword| schema.get(keyword)?.as_array()).flatten();
    let inside = composed.chain(schema.get("not")).flat_map(parts);
    schema.get("$ref").and_then(Value::as_str).into_iter().chain(inside).collect()
}

fn references(contract: &Contract, value: &Value, place: &str) -> Result<(), ContractError> {
    let children: Vec<(String, &Value)> = match value {
        Value::Object(fields) => {
            if let Some(reference) = fields.get("$ref").and_then(Value::as_str)
                && let Some(problem) = reference_problem(contract, reference)
            {
                return Err(ContractError::new(place, format!("`{reference}` {problem}")));
            }
            fields.iter().map(|(name, child)| (name.clone(), child)).collect()
        }
        Value::Array(items) => items.iter().enumerate().map(|(at, child)| (format!("[{at}]"), child)).collect(),
        _ => return Ok(()),
    };
    children.into_iter().try_for_each(|(name, child)| {
        let place = if place.is_empty() { name } else { format!("{place}.{name}") };
        references(contract, child, &place)
    })
}

fn reference_problem(contract: &Contract, reference: &str) -> Option<&'static str> {
    let target = contract.lookup(reference).ok_or("does not exist");
    match target.map(|target| contract.resolve(target).get("$ref").is_some()) {
        Err(problem) => Some(problem),
        Ok(true) => Some("refers to itself"),
        Ok(false) => None,
    }
}

/// A schema becomes a type: `JobPage`.
fn schemas(contract: &Contract) -> Result<(), ContractError> {
    let mut types = Distinct::new(|name| name.to_upper_camel_case());
    for (name, _) in contract.schemas() {
        types.add(name, format!("components.schemas.{name}"))?;
    }
    Ok(())
}

/// The properties of one schema become the fields of one struct: `page_size`.
fn properties(contract: &Contract) -> Result<(), ContractError> {
    for (place, properties) in contract.properties() {
        let mut fields = Distinct::new(|name| name.to_snake_case());
        for name in properties.keys() {
            fields.add(name, format!("{place}.{name}"))?;
        }
    }
    Ok(())
}

/// An operation id becomes a function, `list_jobs`, and a builder, `ListJobs`. The function has exactly its name, so that an
/// operation is found by it at run time.
fn operation_ids(contract: &Contract) -> Result<(), ContractError> {
    let mut builders = Distinct::new(|name| name.to_upper_camel_case());
    for operation in contract.operations() {
        let id = operation.body.get("operationId").and_then(Value::as_str);
        let id = id.ok_or_else(|| ContractError::new(&operation.place, "`operationId` is missing"))?;
        let place = format!("{}.operationId", operation.place);
        if id != id.to_snake_case() || !is_identifier(id) {
            let problem =
                format!("`{id}` is not the name of a Rust function: write it in snake case, like `list_jobs`");
            return Err(ContractError::new(place, problem));
        }
        builders.add(id, place)?;
    }
    Ok(())
}

/// The parameters of one operation become the methods of one builder: `page_size`.
fn parameters(contract: &Contract) -> Result<(), ContractError> {
    for operation in contract.operations() {
        let mut methods = Distinct::new(|name| name.to_snake_case());
        for parameter in contract.parameters(&operation) {
            let place = format!("{}.parameters", operation.place);
            let name = parameter["name"].as_str();
            let name = name.ok_or_else(|| ContractError::new(&place, "a parameter has no name"))?;
            methods.add(name, format!("{place}.{name}"))?;
        }
    }
    Ok(())
}
