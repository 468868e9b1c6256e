//! Warns about query parameters that an operation does not have: the real server ignores them, so a typing error is hard to find.

use std::collections::HashSet;
use std::sync::Mutex;

use nebula_explorer::operations::{Location, Operation};

use crate::lock::lock;
use crate::stderr;

/// The warnings given so far, by operation and parameter.
#[derive(Default)]
pub(crate) struct UnknownParameters {
    warned: Mutex<HashSet<(&'static str, String)>>,
}

/// How many warnings are given at most, so that a client cannot fill the memory.
const CAPACITY: usize = 1000;

/// How many characters of a name are shown.
const MAX_LENGTH: usize = 100;

impl UnknownParameters {
    /// Warns once about each parameter of a request that its operation does not have.
    pub(crate) fn warn(&self, operation: &'static Operation, query: &[(String, String)]) {
        let known: Vec<&str> = operation
            .parameters
            .iter()
            .filter(|parameter| parameter.location == Location::Query)
            .map(|parameter| parameter.name)
            .collect();
        for (name, _) in query.iter().filter(|(name, _)| !known.contains(&name.as_str())) {
            let name: String = name.chars().take(MAX_LENGTH).collect();
            let mut warned = lock(&self.warned);
            if warned.len() < CAPACITY && warned.insert((operation.id, name.clone())) {
                let known = if known.is_empty() { "none".into() } else { known.join(", ") };
                // Quoted with escapes: the name comes from the network.
                stderr::print(format_args!(
                    "warning: {} has no query parameter {name:?}, it is ignored; known: {known}",
                    operation.id
                ));
            }
        }
    }
}
