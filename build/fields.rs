//! The names of fields, for the few places that read JSON before a type is known.

use std::collections::BTreeMap;

use proc_macro2::TokenStream;
use quote::quote;

use super::contract::{Contract, ContractError};

/// One constant for each property of the contract's schemas: `runBeginTime` as `RUN_BEGIN_TIME`.
pub fn fields(contract: &Contract) -> Result<TokenStream, ContractError> {
    let mut names = BTreeMap::new();
    for (place, properties) in contract.properties() {
        for name in properties.keys() {
            names.entry(name.as_str()).or_insert_with(|| format!("{place}.{name}"));
        }
    }
    let constants = super::names::constants(names)?.into_iter().map(|(constant, name)| {
        let doc = format!("The field `{name}`.");
        quote!(#[doc = #doc] pub const #constant: &str = #name;)
    });
    Ok(quote! {
        /// The names of the fields in the contract.
        #[allow(non_upper_case_globals)]
        pub mod fields {
            #(#constants)*
        }
    })
}
