//! From a request to an envelope or an error: the only place that touches the network.

pub(crate) mod clock;
pub(crate) mod envelope;
pub(crate) mod redact;
pub(crate) mod retry;
pub(crate) mod telemetry;
#[allow(clippy::module_inception)]
pub(crate) mod transport;
