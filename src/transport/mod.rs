//! From a request to an envelope or an error: the only place that touches the network.

pub(crate) mod clock;
pub(crate) mod envelope;
pub(crate) mod http;
pub(crate) mod page;
pub(crate) mod redact;
pub(crate) mod retry;
pub(crate) mod telemetry;
#[cfg(feature = "rustls")]
pub(crate) mod tls;
#[allow(clippy::module_inception)]
pub(crate) mod transport;
mod tunnel;
