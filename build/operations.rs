//! What progenitor leaves out: the authentication that an operation requires, the defaults and ranges of its parameters, the name
//! of the cookie, the default port, and the schemas of the hand-written types.

use std::collections::BTreeMap;

use proc_macro2::TokenStream;
use quote::{format_ident, quote};
use serde_json::Value;

use super::contract::{Contract, ContractError, Operation};

pub fn operations(contract: &Contract) -> Result<TokenStream, ContractError> {
    let operations =
        contract.operations().map(|operation| operation_tokens(contract, &operation)).collect::<Result<Vec<_>, _>>()?;
    let cookie = cookie_name(contract)?;
    let port = default_port(contract)?;
    let version = contract.document()["info"]["version"].as_str().unwrap_or_default();
    let as_written = contract.as_written();
    let defaults = defaults(contract)?;
    let parameter_names = parameter_names(contract)?;
    Ok(quote! {
        /// Every operation of the contract, sorted by path.
        pub static OPERATIONS: &[Operation] = &[#(#operations),*];

        /// The name of the cookie with the session's token.
        pub const SESSION_COOKIE: &str = #cookie;

        /// Explorer's port unless configured otherwise.
        pub const DEFAULT_PORT: u16 = #port;

        /// The contract as JSON, for programs that have no parser for YAML.
        pub const CONTRACT_JSON: &str = #as_written;

        /// The version of the contract.
        pub const CONTRACT_VERSION: &str = #version;

        #defaults

        #parameter_names
    })
}

/// `JsonSchema` for each type of `src/contract/wire.rs`.
pub fn schemas(contract: &Contract) -> Result<TokenStream, ContractError> {
    super::lower::HAND_WRITTEN.iter().map(|name| schema_tokens(contract, name)).collect()
}

/// One constant for each parameter with a default: `GET_TASK_RESULT_LIMIT`.
fn defaults(contract: &Contract) -> Result<TokenStream, ContractError> {
    let mut found = Vec::new();
    for operation in contract.operations() {
        let id = operation.body.get("operationId").and_then(Value::as_str).unwrap_or_default();
        for parameter in contract.parameters(&operation) {
            if let (Some(name), Some(default)) = (parameter["name"].as_str(), parameter["schema"]["default"].as_i64()) {
                let place = format!("{}.parameters.{name}", operation.place);
                found.push((format!("{id}-{name}"), place, format!("The default of `{name}` in `{id}`."), default));
            }
        }
    }
    let names = found.iter().map(|(name, place, ..)| (name.as_str(), place.clone())).collect();
    let constants: BTreeMap<_, _> =
        super::names::constants(names)?.into_iter().map(|(constant, name)| (name, constant)).collect();
    let constants = found.iter().map(|(name, _, doc, default)| {
        let constant = &constants[name.as_str()];
        quote!(#[doc = #doc] pub const #constant: i64 = #default;)
    });
    Ok(quote! {
        /// The defaults of parameters, by operation and parameter.
        #[allow(non_upper_case_globals)]
        pub mod defaults {
            #(#constants)*
        }
    })
}

/// One constant for the name of each parameter: `PAGE_SIZE`.
fn parameter_names(contract: &Contract) -> Result<TokenStream, ContractError> {
    let mut names = BTreeMap::new();
    for operation in contract.operations() {
        for name in contract.parameters(&operation).into_iter().filter_map(|parameter| parameter["name"].as_str()) {
            names.entry(name).or_insert_with(|| format!("{}.parameters.{name}", operation.place));
        }
    }
    let constants = super::names::constants(names)?.into_iter().map(|(constant, name)| {
        let doc = format!("The parameter `{name}`.");
        quote!(#[doc = #doc] pub const #constant: &str = #name;)
    });
    Ok(quote! {
        /// The names of parameters in paths and queries.
        #[allow(non_upper_case_globals)]
        pub mod parameters {
            #(#constants)*
        }
    })
}

fn operation_tokens(contract: &Contract, operation: &Operation) -> Result<TokenStream, ContractError> {
    let text = |key: &str| operation.body.get(key).and_then(Value::as_str);
    let id = text("operationId").unwrap_or_default();
    let summary = text("summary").unwrap_or_default();
    let method = operation.method.to_uppercase();
    let path = operation.path;
    let security = security(contract, operation)?;
    let parameters = contract
        .parameters(operation)
        .into_iter()
        .map(|parameter| parameter_tokens(parameter, &operation.place))
        .collect::<Result<Vec<_>, _>>()?;
    Ok(quote! {
        Operation {
            id: #id,
            summary: #summary,
            method: #method,
            path: #path,
            security: Security::#security,
            parameters: &[#(#parameters),*],
        }
    })
}

/// `Account` for a bearer token, `Session` for a cookie: the two that the API uses.
fn security(contract: &Contract, operation: &Operation) -> Result<proc_macro2::Ident, ContractError> {
    let required = operation.body.get("security").or_else(|| contract.document().get("security"));
    let scheme = required
        .and_then(|required| required.pointer("/0")?.as_object()?.keys().next())
        .ok_or_else(|| ContractError::new(&operation.place, "`security` must name a scheme"))?;
    let definition = &contract.document()["components"]["securitySchemes"][scheme];
    match (definition["type"].as_str(), definition["scheme"].as_str(), definition["in"].as_str()) {
        (Some("http"), Some("bearer"), _) => Ok(format_ident!("Account")),
        (Some("apiKey"), _, Some("cookie")) => Ok(format_ident!("Session")),
        _ => Err(ContractError::new(
            format!("components.securitySchemes.{scheme}"),
            "must be a bearer token or an API key in a cookie",
        )),
    }
}

fn parameter_tokens(parameter: &Value, place: &str) -> Result<TokenStream, ContractError> {
    let name = parameter["name"]
        .as_str()
        .ok_or_else(|| ContractError::new(format!("{place}.parameters"), "a parameter has no name"))?;
    let location = match parameter["in"].as_str() {
        Some("path") => quote!(Path),
        Some("query") => quote!(Query),
        _ => {
            return Err(ContractError::new(
                format!("{place}.parameters.{name}"),
                "must be in the path or in the query",
            ));
        }
    };
    let required = parameter["required"].as_bool().unwrap_or(false);
    let integer = parameter["schema"]["type"] == "integer";
    let number = |key: &str| match parameter["schema"][key].as_i64() {
        Some(number) => quote!(Some(#number)),
        None => quote!(None),
    };
    let (default, minimum) = (number("default"), number("minimum"));
    Ok(quote! {
        Parameter {
            name: #name,
            location: Location::#location,
            required: #required,
            integer: #integer,
            default: #default,
            minimum: #minimum,
        }
    })
}

fn cookie_name(contract: &Contract) -> Result<&str, ContractError> {
    let schemes = contract.document()["components"]["securitySchemes"].as_object().into_iter().flatten();
    schemes
        .filter(|(_, scheme)| scheme["in"] == "cookie")
        .find_map(|(_, scheme)| scheme["name"].as_str())
        .ok_or_else(|| ContractError::new("components.securitySchemes", "must contain an API key in a cookie"))
}

fn default_port(contract: &Contract) -> Result<u16, ContractError> {
    let variables =
        contract.document().pointer("/servers/0/variables").and_then(Value::as_object).into_iter().flatten();
    variables
        .filter(|(name, _)| name.ends_with("port"))
        .find_map(|(_, variable)| variable["default"].as_str()?.parse().ok())
        .ok_or_else(|| {
            ContractError::new("servers[0].variables", "must contain a variable for the port with a default")
        })
}

/// `JsonSchema` for a type of `src/contract/wire.rs`, with the contract's own schema.
fn schema_tokens(contract: &Contract, name: &str) -> Result<TokenStream, ContractError> {
    let place = format!("components.schemas.{name}");
    let mut schema = contract
        .document()
        .pointer(&format!("/components/schemas/{name}"))
        .cloned()
        .ok_or_else(|| ContractError::new(&place, "is missing, but src/contract/wire.rs implements it"))?;
    into_json_schema(&mut schema);
    let tokens: TokenStream = schema
        .to_string()
        .parse()
        .map_err(|error| ContractError::new(&place, format!("gives invalid Rust: {error}")))?;
    let ident = format_ident!("{name}");
    Ok(quote! {
        impl ::schemars::JsonSchema for #ident {
            fn schema_name() -> ::std::borrow::Cow<'static, str> {
                #name.into()
            }

            fn json_schema(_: &mut ::schemars::SchemaGenerator) -> ::schemars::Schema {
                ::schemars::json_schema!(#tokens)
            }
        }
    })
}

/// `nullable: true` in OpenAPI 3.0 is the type `null` in JSON Schema.
fn into_json_schema(schema: &mut Value) {
    match schema {
        Value::Object(fields) => {
            fields.remove("example");
            if fields.remove("nullable") == Some(Value::Bool(true))
                && let Some(kind) = fields.get("type").cloned()
            {
                fields.insert("type".into(), Value::Array(vec![kind, "null".into()]));
            }
            fields.values_mut().for_each(into_json_schema);
        }
        Value::Array(items) => items.iter_mut().for_each(into_json_schema),
        _ => {}
    }
}
