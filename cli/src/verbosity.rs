//! What is told on the way, on standard error.

use tracing_subscriber::filter::{LevelFilter, Targets};
use tracing_subscriber::layer::SubscriberExt as _;
use tracing_subscriber::util::SubscriberInitExt as _;

/// `-v` tells of sign-ins and retries, `-vv` of every call, `-vvv` of all there is. Only of the SDK's own events: they hold no
/// secret, and nobody answers for those of the crates below it.
pub fn begin(verbose: u8) {
    let level = match verbose {
        0 => return,
        1 => LevelFilter::INFO,
        2 => LevelFilter::DEBUG,
        _ => LevelFilter::TRACE,
    };
    let lines = tracing_subscriber::fmt::layer().with_writer(std::io::stderr).with_ansi(false).with_target(false);
    let only_ours = Targets::new().with_target("nebula_explorer", level);
    // It fails if there is one already, and there is none.
    let _ = tracing_subscriber::registry().with(lines).with(only_ours).try_init();
}
