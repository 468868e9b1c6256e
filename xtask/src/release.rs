//! `cargo xtask release`: all of a release but the upload. Every artefact is tried outside of the source tree.

mod compatibility;
mod crates;
mod deb;
mod versions;

use std::fs;
use std::path::Path;

use crate::Outcome;
use crate::docs_site;
use crate::files::{copy, remove};
use crate::process::{announce, root};
use crate::python;

/// The version that is released.
const VERSION: &str = env!("CARGO_PKG_VERSION");

/// Builds and tries the artefacts. A rehearsal is possible before the changelog is dated and everything is committed, and builds without
/// optimization, with what the tests have compiled.
pub fn prepare(is_rehearsal: bool) -> Outcome {
    versions::check(is_rehearsal)?;
    compatibility::check()?;
    let artefacts = root().join("target/release-artefacts");
    remove(&artefacts)?;
    fs::create_dir_all(&artefacts)?;
    // Each builds artefacts of one kind, and uses them.
    crates::package(&artefacts)?;
    deb::build(&artefacts, if is_rehearsal { "dev" } else { "release" })?;
    python(&artefacts, is_rehearsal)?;
    site(&artefacts)?;
    list(&artefacts)
}

fn python(artefacts: &Path, is_rehearsal: bool) -> Outcome {
    python::check(is_rehearsal)?;
    for artefact in python::artefacts()? {
        fs::copy(&artefact, artefacts.join(artefact.file_name().ok_or("an artefact without a name")?))?;
    }
    Ok(())
}

fn site(artefacts: &Path) -> Outcome {
    copy(&docs_site::build()?, &artefacts.join("site"))
}

fn list(artefacts: &Path) -> Outcome {
    announce(&format!("version {VERSION} is ready; docs/releasing.md says how to upload it"));
    for entry in fs::read_dir(artefacts)? {
        println!("{}", entry?.path().display());
    }
    Ok(())
}
