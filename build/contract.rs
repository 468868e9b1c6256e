//! The contract as it was written, checked for what every later step relies on.

use std::collections::BTreeMap;

use serde_json::{Map, Value};

/// What is wrong with a contract, and where in it.
#[derive(Debug, thiserror::Error)]
#[error("{}{problem}", place_prefix(.place))]
pub struct ContractError {
    place: String,
    problem: String,
}

impl ContractError {
    pub fn new(place: impl Into<String>, problem: impl std::fmt::Display) -> Self {
        // One line each: cargo shows a build script's error as one.
        let problem = problem.to_string().split_whitespace().collect::<Vec<_>>().join(" ");
        Self { place: place.into(), problem }
    }
}

fn place_prefix(place: &str) -> String {
    if place.is_empty() { String::new() } else { format!("at {place}: ") }
}

/// A contract: an OpenAPI document whose references all lead somewhere.
pub struct Contract {
    document: Value,
}

/// One operation of a contract, with where it stands.
pub struct Operation<'a> {
    pub path: &'a str,
    pub method: &'a str,
    pub item: &'a Value,
    pub body: &'a Map<String, Value>,
    pub place: String,
}

const METHODS: [&str; 8] = ["get", "put", "post", "delete", "options", "head", "patch", "trace"];

impl Contract {
    pub fn parse(text: &str) -> Result<Self, ContractError> {
        let document: Value =
            serde_saphyr::from_str(text).map_err(|error| ContractError::new("", format!("is not YAML: {error}")))?;
        // Through openapiv3 once, for the place of what is not OpenAPI.
        serde_path_to_error::deserialize::<_, openapiv3::OpenAPI>(&document).map_err(|error| {
            let place = error.path().to_string();
            ContractError::new(place, format!("is not OpenAPI 3.0: {}", error.into_inner()))
        })?;
        let contract = Self { document };
        contract.check_references(&contract.document, "")?;
        contract.check_operation_ids()?;
        Ok(contract)
    }

    pub fn document(&self) -> &Value {
        &self.document
    }

    /// Follows a `$ref` within the document; a value that is none is returned as it is.
    pub fn resolve<'a>(&'a self, value: &'a Value) -> &'a Value {
        let mut value = value;
        // As many steps as a chain of references can sensibly have, so that a circle ends too.
        for _ in 0..16 {
            match value.get("$ref").and_then(Value::as_str).and_then(|reference| self.lookup(reference)) {
                Some(target) => value = target,
                None => break,
            }
        }
        value
    }

    pub fn schemas(&self) -> impl Iterator<Item = (&str, &Value)> {
        entries(self.document.pointer("/components/schemas"))
    }

    pub fn operations(&self) -> impl Iterator<Item = Operation<'_>> {
        entries(self.document.get("paths")).flat_map(|(path, item)| {
            METHODS.into_iter().filter_map(move |method| {
                let body = item.get(method)?.as_object()?;
                Some(Operation { path, method, item, body, place: format!("paths.{path}.{method}") })
            })
        })
    }

    fn check_operation_ids(&self) -> Result<(), ContractError> {
        let mut known = BTreeMap::new();
        for operation in self.operations() {
            let wrong = |problem: String| ContractError::new(&operation.place, problem);
            let id = operation.body.get("operationId").and_then(Value::as_str);
            let id = id.ok_or_else(|| wrong("`operationId` is missing".into()))?;
            if let Some(first) = known.insert(id, operation.place.clone()) {
                return Err(wrong(format!("the operationId `{id}` is that of {first} already")));
            }
        }
        Ok(())
    }

    fn lookup(&self, reference: &str) -> Option<&Value> {
        self.document.pointer(reference.strip_prefix('#')?)
    }

    fn check_references(&self, value: &Value, place: &str) -> Result<(), ContractError> {
        let children: Vec<(String, &Value)> = match value {
            Value::Object(fields) => {
                if let Some(reference) = fields.get("$ref").and_then(Value::as_str)
                    && self.lookup(reference).is_none()
                {
                    return Err(ContractError::new(place, format!("`{reference}` leads nowhere")));
                }
                fields.iter().map(|(name, child)| (name.clone(), child)).collect()
            }
            Value::Array(items) => items.iter().enumerate().map(|(at, child)| (format!("[{at}]"), child)).collect(),
            _ => return Ok(()),
        };
        children.into_iter().try_for_each(|(name, child)| {
            let place = if place.is_empty() { name } else { format!("{place}.{name}") };
            self.check_references(child, &place)
        })
    }
}

fn entries(object: Option<&Value>) -> impl Iterator<Item = (&str, &Value)> {
    object.and_then(Value::as_object).into_iter().flatten().map(|(name, value)| (name.as_str(), value))
}
