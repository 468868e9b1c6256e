//! The generator: the text of a contract in, the text of Rust files out.
//!
//! It touches no file, so that the tests can run it on changed copies of the contract.

mod client;
mod codes;
mod contract;
mod fields;
mod lower;
mod operations;
mod postprocess;

use contract::{Contract, ContractError};

/// What the generator writes, as formatted Rust.
pub struct Generated {
    /// The client, its request builders and its types, by progenitor.
    pub client: String,
    /// The error and status codes.
    pub codes: String,
    /// The operations as data, with the names and defaults of parameters and the names of fields.
    pub operations: String,
    /// The JSON Schemas of the types that are written by hand.
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

/// Generates Rust from a contract, or says in one line what is wrong with the contract and where.
pub fn generate(contract: &str) -> Result<Generated, ContractError> {
    let contract = Contract::parse(contract)?;
    let lowered = lower::lower(&contract)?;
    Ok(Generated {
        client: client::client(&lowered)?,
        mocks: client::mocks(&lowered)?,
        codes: format(codes::codes(&contract)?)?,
        operations: format([operations::operations(&contract)?, fields::fields(&contract)].into_iter().collect())?,
        schemas: format(operations::schemas(&contract)?)?,
    })
}

fn format(tokens: proc_macro2::TokenStream) -> Result<String, ContractError> {
    Ok(prettyplease::unparse(&parse(tokens)?))
}

fn parse(tokens: proc_macro2::TokenStream) -> Result<syn::File, ContractError> {
    syn::parse2(tokens).map_err(|error| ContractError::new("", format!("gives no valid Rust: {error}")))
}
