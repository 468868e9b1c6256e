//! The command as a package of Debian, with manual pages and completions.

use std::ffi::{OsStr, OsString};
use std::fs;
use std::path::Path;

use duct::cmd;

use crate::Outcome;
use crate::files::remove;
use crate::process::{announce, root};
use crate::release::VERSION;
use crate::tools::{self, CARGO_DEB};

const PROGRAM: &str = "nebula-explorer";

/// The completions of each shell, and where Debian expects them. `cli/Cargo.toml` lists the same files.
const COMPLETIONS: [(&str, &str); 3] = [
    ("bash", "usr/share/bash-completion/completions/nebula-explorer"),
    ("zsh", "usr/share/zsh/vendor-completions/_nebula-explorer"),
    ("fish", "usr/share/fish/vendor_completions.d/nebula-explorer.fish"),
];

/// Builds the package, and uses what it contains.
pub fn build(artefacts: &Path, profile: &str) -> Outcome {
    let cargo_deb = tools::cargo(&CARGO_DEB)?;
    announce("the package for Debian");
    cmd!("cargo", "build", "--quiet", "--locked", "--profile", profile, "--package", "nebula-explorer-cli").run()?;
    // cargo calls the folder of this one profile otherwise.
    let folder = if profile == "dev" { "debug" } else { profile };
    write_documents(&root().join("target").join(folder).join(PROGRAM))?;
    let package = artefacts.join(format!("{PROGRAM}_{VERSION}.deb"));
    cmd!(
        cargo_deb,
        "--quiet",
        "--no-build",
        "--profile",
        profile,
        "--package",
        "nebula-explorer-cli",
        "--output",
        &package
    )
    .run()?;
    try_out(&package)
}

/// Writes what the program says about itself to the files that the package is made of.
fn write_documents(program: &Path) -> Outcome {
    let folder = root().join("target/deb");
    remove(&folder)?;
    fs::create_dir_all(folder.join("man"))?;
    cmd!(program, "man", "--dir", folder.join("man")).run()?;
    for (shell, _) in COMPLETIONS {
        cmd!(program, "completions", shell).stdout_path(folder.join(shell)).run()?;
    }
    Ok(())
}

/// Installs the package below a directory of its own, runs the program, its manual pages and its completions from there, and removes
/// it again.
fn try_out(package: &Path) -> Outcome {
    announce("the package, installed");
    let place = tempfile::tempdir()?;
    let place = place.path();
    for folder in ["info", "updates", "triggers"] {
        fs::create_dir_all(place.join("var/lib/dpkg").join(folder))?;
    }
    fs::write(place.join("var/lib/dpkg/status"), "")?;
    // What it depends on is not installed in this directory; apt-get looks for it below.
    dpkg(place, &["--force-depends".as_ref(), "--install".as_ref(), package.as_os_str()])?;
    let program = place.join("usr/bin").join(PROGRAM);
    let version = cmd!(&program, "--version").read()?;
    if version != format!("{PROGRAM} {VERSION}") {
        return Err(format!("the program says that it is `{version}`").into());
    }
    cmd!(&program, "demo").env("NEBULA_EXPLORER_CONFIG_DIR", place).run()?;
    for page in [PROGRAM, "nebula-explorer-run", "nebula-explorer-mcp"] {
        let rendered = man(place, page)?;
        if !rendered.contains("NAME") || !rendered.contains("OPTIONS") {
            return Err(format!("`man {page}` shows:\n{rendered}").into());
        }
    }
    for (shell, file) in COMPLETIONS {
        if !fs::read_to_string(place.join(file))?.contains(PROGRAM) {
            return Err(format!("the completions for {shell} do not name the program").into());
        }
    }
    cmd!("bash", "-n", place.join(COMPLETIONS[0].1)).run()?;
    dpkg(place, &["--purge".as_ref(), PROGRAM.as_ref()])?;
    if place.join("usr").exists() {
        return Err("something of the package is left after it was removed".into());
    }
    announce("the package's dependencies");
    // Debian has them all.
    cmd!("apt-get", "install", "--simulate", "--quiet=2", package).run()?;
    Ok(())
}

/// Runs dpkg on the packages that are installed below a directory.
fn dpkg(place: &Path, arguments: &[&OsStr]) -> Outcome {
    let mut root = OsString::from("--root=");
    root.push(place);
    let options = [root.as_os_str(), "--force-not-root".as_ref(), "--log=/dev/null".as_ref()];
    cmd("dpkg", options.into_iter().chain(arguments.iter().copied())).stdout_null().stderr_capture().run()?;
    Ok(())
}

/// Renders a manual page of the package.
fn man(place: &Path, page: &str) -> Outcome<String> {
    let man = tools::debian("man-db", "man")?;
    Ok(cmd!(man, "--pager", "cat", page).env("MANPATH", place.join("usr/share/man")).read()?)
}
