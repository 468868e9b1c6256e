//! The contract as it is written.

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
        Self { place: one_line(&place.into()), problem: one_line(&problem.to_string()) }
    }
}

fn place_prefix(place: &str) -> String {
    if place.is_empty() { String::new() } else { format!("at {place}: ") }
}

/// cargo shows one line of a build script's error. progenitor's messages can contain whole schemas, so they are cut.
fn one_line(text: &str) -> String {
    let words = text.split(|letter: char| letter.is_whitespace() || letter.is_control());
    let line = words.filter(|word| !word.is_empty()).collect::<Vec<_>>().join(" ");
    match line.char_indices().nth(MAX_LETTERS) {
        Some((end, _)) => format!("{}…", &line[..end]),
        None => line,
    }
}

const MAX_LETTERS: usize = 400;

/// A contract: an OpenAPI document.
pub struct Contract {
    as_written: String,
    document: Value,
}

/// One operation of a contract, and its place.
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
        // A snippet would take more than one line.
        let options = serde_saphyr::options! { with_snippet: false };
        let mut document: Value = serde_saphyr::from_str_with_options(text, options)
            .map_err(|error| ContractError::new("", format!("is not YAML: {error}")))?;
        // openapiv3 tells where the document is not OpenAPI.
        serde_path_to_error::deserialize::<_, openapiv3::OpenAPI>(&document).map_err(|error| {
            let place = error.path().to_string();
            ContractError::new(place, format!("is not OpenAPI 3.0: {}", error.into_inner()))
        })?;
        let as_written = format!("{document:#}\n");
        super::content_schemas::into_components(&mut document)?;
        let contract = Self { as_written, document };
        super::check::check(&contract)?;
        Ok(contract)
    }

    /// The whole document as JSON text, before anything is rewritten.
    pub fn as_written(&self) -> &str {
        &self.as_written
    }

    pub fn document(&self) -> &Value {
        &self.document
    }

    /// Follows `$ref` within the document; a value without one is returned as it is.
    pub fn resolve<'a>(&'a self, value: &'a Value) -> &'a Value {
        let mut value = value;
        // No sensible chain of references is longer, and a circle must end.
        for _ in 0..16 {
            match value.get("$ref").and_then(Value::as_str).and_then(|reference| self.lookup(reference)) {
                Some(target) => value = target,
                None => break,
            }
        }
        value
    }

    pub fn lookup(&self, reference: &str) -> Option<&Value> {
        self.document.pointer(reference.strip_prefix('#')?)
    }

    /// The schemas, in alphabetical order.
    pub fn schemas(&self) -> impl Iterator<Item = (&str, &Value)> {
        entries(self.document.pointer("/components/schemas"))
    }

    /// Each `properties` in the schemas, and its place.
    pub fn properties(&self) -> Vec<(String, &Map<String, Value>)> {
        let mut found = Vec::new();
        for (name, schema) in self.schemas() {
            find_properties(schema, format!("components.schemas.{name}"), &mut found);
        }
        found
    }

    /// The operations, in alphabetical order of their paths.
    pub fn operations(&self) -> impl Iterator<Item = Operation<'_>> {
        entries(self.document.get("paths")).flat_map(|(path, item)| {
            METHODS.into_iter().filter_map(move |method| {
                let body = item.get(method)?.as_object()?;
                Some(Operation { path, method, item, body, place: format!("paths.{path}.{method}") })
            })
        })
    }

    /// The parameters of an operation. One of its own takes the place of one of its path with the same name.
    pub fn parameters<'a>(&'a self, operation: &Operation<'a>) -> Vec<&'a Value> {
        let list = |list: Option<&'a Value>| -> Vec<&'a Value> {
            list.and_then(Value::as_array).into_iter().flatten().map(|parameter| self.resolve(parameter)).collect()
        };
        let own = list(operation.body.get("parameters"));
        let mut parameters = list(operation.item.get("parameters"));
        parameters.retain(|parameter| !own.iter().any(|own| own["name"] == parameter["name"]));
        parameters.extend(own);
        parameters
    }
}

fn find_properties<'a>(schema: &'a Value, place: String, found: &mut Vec<(String, &'a Map<String, Value>)>) {
    let mut children: Vec<(String, &Value)> = Vec::new();
    for (keyword, value) in schema.as_object().into_iter().flatten() {
        let place = format!("{place}.{keyword}");
        match (keyword.as_str(), value) {
            ("properties", Value::Object(properties)) => {
                children.extend(properties.iter().map(|(name, child)| (format!("{place}.{name}"), child)));
                found.push((place, properties));
            }
            ("allOf" | "anyOf" | "oneOf", Value::Array(schemas)) => {
                children.extend(schemas.iter().enumerate().map(|(at, child)| (format!("{place}.[{at}]"), child)));
            }
            ("items" | "additionalProperties" | "not", child) => children.push((place, child)),
            _ => {}
        }
    }
    for (place, child) in children {
        find_properties(child, place, found);
    }
}

fn entries(object: Option<&Value>) -> impl Iterator<Item = (&str, &Value)> {
    object.and_then(Value::as_object).into_iter().flatten().map(|(name, value)| (name.as_str(), value))
}
