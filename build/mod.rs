//! The generator: the text of a contract in, the text of Rust files out. Only `script` reads and writes files, so that tests can
//! generate from changed copies of the contract.

mod check;
mod client;
mod codes;
mod content_schemas;
mod contract;
mod duplicates;
mod fields;
mod guard;
mod lower;
mod names;
mod operations;
mod postprocess;
pub mod script;

use contract::{Contract, ContractError};
use proc_macro2::TokenStream;

/// What the generator writes, as formatted Rust.
pub struct Generated {
    /// The client, its request builders and its types, by progenitor.
    pub client: String,
    /// The error and status codes.
    pub codes: String,
    /// The operations as data, with the names and defaults of parameters and the names of fields.
    pub operations: String,
    /// The JSON Schemas of the hand-written types.
    pub schemas: String,
    /// Typed helpers for httpmock.
    pub mocks: String,
}

impl Generated {
    /// Each file's name and its text.
    pub fn files(&self) -> [(&'static str, &str); 5] {
        [
            ("client.rs", &self.client),
            ("codes.rs", &self.codes),
            ("operations.rs", &self.operations),
            ("schemas.rs", &self.schemas),
            ("mocks.rs", &self.mocks),
        ]
    }
}

/// Generates Rust from a contract. The error says in one line what is wrong with the contract and, where that is known, at which
/// place in it.
pub fn generate(contract: &str) -> Result<Generated, ContractError> {
    let contract = Contract::parse(contract)?;
    let lowered = lower::lower(&contract)?;
    Ok(Generated {
        codes: format(codes::codes(&contract)?)?,
        operations: format([operations::operations(&contract)?, fields::fields(&contract)?].into_iter().collect())?,
        schemas: format(operations::schemas(&contract)?)?,
        client: client::client(&lowered)?,
        mocks: client::mocks(&lowered)?,
    })
}

fn format(tokens: TokenStream) -> Result<String, ContractError> {
    Ok(prettyplease::unparse(&parse(tokens)?))
}

fn parse(tokens: TokenStream) -> Result<syn::File, ContractError> {
    let file: syn::File =
        syn::parse2(tokens).map_err(|error| ContractError::new("", format!("gives invalid Rust: {error}")))?;
    match duplicates::duplicate(&file.items) {
        None => Ok(file),
        Some(name) => Err(ContractError::new("", format!("gives Rust with a name defined twice: {name}"))),
    }
}
