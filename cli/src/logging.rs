//! The SDK's events on standard error.

use tracing_subscriber::filter::{LevelFilter, Targets};
use tracing_subscriber::fmt::{format, layer};
use tracing_subscriber::layer::SubscriberExt as _;
use tracing_subscriber::util::SubscriberInitExt as _;

use crate::output::stderr::StderrWriter;

/// Without `-v` only failed polls are shown; `-v` adds sign-ins and retries, `-vv` every request, `-vvv` everything. Events of
/// other crates are never shown: they could contain secrets.
pub fn start(verbose: u8) {
    let level = match verbose {
        0 => return start_plain(),
        1 => LevelFilter::INFO,
        2 => LevelFilter::DEBUG,
        _ => LevelFilter::TRACE,
    };
    let lines = layer().with_writer(|| StderrWriter).with_ansi(false).with_target(false);
    let sdk_only = Targets::new().with_target("nebula_explorer", level);
    // Fails only if a subscriber is already set, and none is.
    let _ = tracing_subscriber::registry().with(lines).with(sdk_only).try_init();
}

/// Message and error only, as plain sentences.
fn start_plain() {
    let fields = format::debug_fn(|line, field, value| match field.name() {
        "message" => write!(line, "{value:?}"),
        "error" => write!(line, ": {value:?}"),
        _ => Ok(()),
    });
    let lines =
        layer().with_writer(|| StderrWriter).with_ansi(false).with_target(false).with_level(false).without_time();
    let polls_only = Targets::new().with_target("nebula_explorer::poll", LevelFilter::INFO);
    let _ = tracing_subscriber::registry().with(lines.fmt_fields(fields)).with(polls_only).try_init();
}
