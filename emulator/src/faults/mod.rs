//! Faults on demand: which requests they apply to, and what they do on the wire.

pub(crate) mod inject;
pub(crate) mod listener;
pub(crate) mod rules;
