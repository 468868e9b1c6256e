//! `cargo xtask proxies`: submissions through real proxies and load balancers, with the configurations in `xtask/proxies`. Every one
//! must be accounted for.

mod configuration;
mod forward;
mod program;
mod reverse;
mod setup;
mod toxic;

use tokio::runtime::Runtime;

use crate::Outcome;
use crate::process::announce;

/// Runs all scenarios, up to the first that fails.
pub fn check() -> Outcome {
    let runtime = Runtime::new()?;
    runtime.block_on(async {
        announce("nginx");
        reverse::nginx().await?;
        announce("HAProxy with two Explorers");
        reverse::haproxy().await?;
        announce("connections that break after a random number of bytes");
        toxic::check().await
    })?;
    announce("Squid as forward proxy");
    forward::start()
}

/// The scenarios of a process that has the forward proxy in its environment.
pub fn check_behind_forward_proxy() -> Outcome {
    Runtime::new()?.block_on(forward::check())
}
