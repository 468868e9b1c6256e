//! Fault injection: which requests a fault applies to, and what it does to them.

pub(crate) mod in_flight;
pub(crate) mod inject;
pub(crate) mod listener;
pub(crate) mod rules;
