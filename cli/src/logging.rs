//! What is told on the way, on standard error.

use tracing_subscriber::filter::{LevelFilter, Targets};
use tracing_subscriber::fmt::{format, layer};
use tracing_subscriber::layer::SubscriberExt as _;
use tracing_subscriber::util::SubscriberInitExt as _;

use crate::output::stderr::StderrWriter;

/// Without `-v` only of jobs that cannot be followed for a while, `-v` of sign-ins and retries too, `-vv` of every call, `-vvv` of
/// all there is. Only of the SDK's own events: they hold no secret, and nobody answers for those of the crates below it.
pub fn begin(verbose: u8) {
    let level = match verbose {
        0 => return in_words(),
        1 => LevelFilter::INFO,
        2 => LevelFilter::DEBUG,
        _ => LevelFilter::TRACE,
    };
    let lines = layer().with_writer(|| StderrWriter).with_ansi(false).with_target(false);
    let only_ours = Targets::new().with_target("nebula_explorer", level);
    // It fails if there is one already, and there is none.
    let _ = tracing_subscriber::registry().with(lines).with(only_ours).try_init();
}

fn in_words() {
    let words = format::debug_fn(|line, field, value| match field.name() {
        "message" => write!(line, "{value:?}"),
        "error" => write!(line, ": {value:?}"),
        _ => Ok(()),
    });
    let lines =
        layer().with_writer(|| StderrWriter).with_ansi(false).with_target(false).with_level(false).without_time();
    let only_polls = Targets::new().with_target("nebula_explorer::poll", LevelFilter::INFO);
    let _ = tracing_subscriber::registry().with(lines.fmt_fields(words)).with(only_polls).try_init();
}
