//! The Rust names that the contract's names become.

use std::collections::BTreeMap;

use heck::ToShoutySnakeCase as _;
use proc_macro2::Ident;

use super::contract::ContractError;

/// The constant for each name: `PAGE_SIZE` for `pageSize`. Where the contract also has `PageSize`, both keep their own
/// spelling, because neither may take the constant of the other.
///
/// `names` has a place in the contract for each name.
pub fn constants(names: BTreeMap<&str, String>) -> Result<Vec<(Ident, &str)>, ContractError> {
    let shouty: Vec<String> = names.keys().map(|name| name.to_shouty_snake_case()).collect();
    let mut distinct = Distinct::new(|name| name.replace(|letter: char| !letter.is_alphanumeric(), "_"));
    let constants = names.into_iter().zip(&shouty).map(|((name, place), constant)| {
        let spelling = distinct.add(name, place.clone())?;
        let ambiguous = shouty.iter().filter(|other| *other == constant).count() > 1;
        let ident = identifier(if ambiguous { &spelling } else { constant });
        Ok((ident.ok_or_else(|| ContractError::new(place, format!("`{name}` cannot become a Rust name")))?, name))
    });
    constants.collect()
}

/// The text as an identifier. A digit cannot be the first letter of one, so an underscore precedes it.
fn identifier(text: &str) -> Option<Ident> {
    syn::parse_str(text).or_else(|_| syn::parse_str(&format!("_{text}"))).ok()
}

pub fn is_identifier(text: &str) -> bool {
    syn::parse_str::<Ident>(text).is_ok()
}

/// Names of the contract of which no two may become the same Rust name.
pub struct Distinct {
    to_rust: fn(&str) -> String,
    seen: BTreeMap<String, (String, String)>,
}

impl Distinct {
    pub fn new(to_rust: fn(&str) -> String) -> Self {
        Self { to_rust, seen: BTreeMap::new() }
    }

    /// The Rust name, or an error that names both places if an earlier name became the same.
    pub fn add(&mut self, name: &str, place: String) -> Result<String, ContractError> {
        let rust = (self.to_rust)(name);
        if rust.is_empty() {
            return Err(ContractError::new(place, format!("`{name}` cannot become a Rust name")));
        }
        match self.seen.insert(rust.clone(), (name.into(), place.clone())) {
            None => Ok(rust),
            Some((other, first)) => {
                let problem = format!("`{name}` becomes `{rust}` in Rust, and so does `{other}` at {first}");
                Err(ContractError::new(place, problem))
            }
        }
    }
}
