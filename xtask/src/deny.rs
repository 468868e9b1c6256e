//! `cargo xtask deny`: the licenses, bans and sources of all dependencies, by the rules in `deny.toml`.

use duct::cmd;

use crate::Outcome;
use crate::tools;

/// Runs cargo-deny. Security advisories are left out, because they change while the code does not.
pub fn check() -> Outcome {
    let cargo_deny = tools::cargo(&tools::CARGO_DENY)?;
    cmd!(cargo_deny, "--workspace", "check", "licenses", "bans", "sources").run()?;
    Ok(())
}
