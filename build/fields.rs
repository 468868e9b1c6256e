//! The names of fields, for the few places that read JSON before a type is known.

use std::collections::BTreeSet;

use proc_macro2::TokenStream;
use quote::{format_ident, quote};
use serde_json::Value;

use super::contract::Contract;

/// One constant for each property of the contract's schemas: `runBeginTime` as `RUN_BEGIN_TIME`.
pub fn fields(contract: &Contract) -> TokenStream {
    let mut found = BTreeSet::new();
    for (_, schema) in contract.schemas() {
        collect(schema, &mut found);
    }
    let constants = found.iter().map(|name| format_ident!("{}", screaming_snake(name)));
    let docs = found.iter().map(|name| format!("The field `{name}`."));
    quote! {
        /// The names of the fields in the contract.
        pub mod fields {
            #(#[doc = #docs] pub const #constants: &str = #found;)*
        }
    }
}

fn collect<'a>(schema: &'a Value, found: &mut BTreeSet<&'a str>) {
    match schema {
        Value::Object(fields) => {
            let properties = fields.get("properties").and_then(Value::as_object).into_iter().flatten();
            found.extend(properties.map(|(name, _)| name.as_str()));
            fields.values().for_each(|child| collect(child, found));
        }
        Value::Array(items) => items.iter().for_each(|item| collect(item, found)),
        _ => {}
    }
}

pub fn screaming_snake(name: &str) -> String {
    let mut constant = String::new();
    for (at, letter) in name.chars().enumerate() {
        if letter.is_uppercase() && at > 0 {
            constant.push('_');
        }
        let letter = if letter.is_ascii_alphanumeric() { letter.to_ascii_uppercase() } else { '_' };
        constant.push(letter);
    }
    constant
}
