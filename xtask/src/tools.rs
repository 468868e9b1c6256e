//! The tools that chores run: what a machine must have, and what is installed from the registries into `.tools`.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Stdio;

use crate::Outcome;
use crate::process::{announce, command, root, run};

/// A platform that a machine must have.
pub struct Platform {
    name: &'static str,
    /// Each program, and the argument that makes it print its version.
    programs: &'static [(&'static str, &'static str)],
}

/// Node.js, with npm.
pub const NODE: Platform =
    Platform { name: "Node.js 20 or later", programs: &[("node", "--version"), ("npm", "--version")] };
/// Python.
pub const PYTHON: Platform = Platform { name: "Python 3.11 or later", programs: &[("python3", "--version")] };
/// Go.
pub const GO: Platform = Platform { name: "Go 1.26 or later", programs: &[("go", "version")] };
/// Java, with Maven.
pub const JAVA: Platform =
    Platform { name: "a JDK 17 or later with Maven", programs: &[("javac", "-version"), ("mvn", "--version")] };

/// Fails with everything that is missing, not only the first of it.
pub fn require(platforms: &[&Platform]) -> Outcome {
    let runs = |(program, argument): &(&str, &str)| is_there(program, argument);
    let missing: Vec<_> = platforms
        .iter()
        .filter_map(|platform| {
            let programs: Vec<_> =
                platform.programs.iter().filter(|program| !runs(program)).map(|(program, _)| *program).collect();
            (!programs.is_empty()).then(|| format!("{} (no `{}` on the path)", platform.name, programs.join("`, `")))
        })
        .collect();
    if missing.is_empty() {
        Ok(())
    } else {
        Err(format!("this machine lacks {}", missing.join(" and "))).map_err(Into::into)
    }
}

/// The program of Chromium. Where there is none, Debian's package is installed.
pub fn chromium() -> Outcome<PathBuf> {
    let found = || {
        let path = std::env::var_os("PATH")?;
        let folders = std::env::split_paths(&path);
        folders
            .flat_map(|folder| ["chromium", "chromium-browser"].map(|name| folder.join(name)))
            .find(|program| program.exists())
    };
    if let Some(program) = found() {
        return Ok(program);
    }
    announce("install Chromium");
    let installed = run(command("apt-get", "").args(["install", "--yes", "--no-install-recommends", "chromium"]));
    match (installed, found()) {
        (Ok(()), Some(program)) => Ok(program),
        _ => Err("this machine lacks Chromium (no `chromium` on the path), and apt-get cannot install it here".into()),
    }
}

fn is_there(program: &str, argument: &str) -> bool {
    let started = command(program, "").arg(argument).stdout(Stdio::null()).stderr(Stdio::null()).status();
    started.is_ok_and(|status| status.success())
}

/// Where tools are installed; git ignores it.
fn installed(path: &str) -> PathBuf {
    root().join(".tools").join(path)
}

/// The Node tools of `xtask/tools/package-lock.json`. Gives their folder of programs.
pub fn node() -> Outcome<PathBuf> {
    let folder = installed("node");
    once(&folder, &[&root().join("xtask/tools/package-lock.json")], || {
        announce("install the Node tools");
        fs::create_dir_all(&folder)?;
        for file in ["package.json", "package-lock.json"] {
            fs::copy(root().join("xtask/tools").join(file), folder.join(file))?;
        }
        npm_ci(".tools/node")
    })?;
    Ok(folder.join("node_modules/.bin"))
}

/// Installs what a folder's `package-lock.json` lists into its `node_modules`. No package's install script is run.
pub fn npm_ci(folder: &str) -> Outcome {
    run(command("npm", folder).args(["ci", "--ignore-scripts", "--no-audit", "--no-fund"]))
}

/// A Python environment in `.tools`, with what the requirements file lists. Gives its folder of programs.
pub fn python(name: &str, requirements: &str) -> Outcome<PathBuf> {
    let folder = installed(name);
    let requirements = root().join(requirements);
    once(&folder, &[&requirements], || {
        announce(&format!("install the Python packages of {name}"));
        run(command("python3", "").args(["-m", "venv", "--clear"]).arg(&folder))?;
        run(command(folder.join("bin/pip"), "")
            .args(["install", "--quiet", "--disable-pip-version-check", "--require-hashes", "--requirement"])
            .arg(&requirements))
    })?;
    Ok(folder.join("bin"))
}

/// The Go tools of `xtask/tools/go.mod`. Gives their folder of programs.
pub fn go() -> Outcome<PathBuf> {
    let folder = installed("go");
    let tools = root().join("xtask/tools");
    once(&folder, &[&tools.join("go.mod"), &tools.join("go.sum")], || {
        announce("install the Go tools");
        run(command("go", "xtask/tools")
            .args(["build", "-o"])
            .arg(folder.join("oasdiff"))
            .arg("github.com/oasdiff/oasdiff"))
    })?;
    Ok(folder)
}

/// Installs unless the folder's stamp says that these very lock files were installed.
fn once(folder: &Path, locks: &[&Path], install: impl FnOnce() -> Outcome) -> Outcome {
    let stamp = folder.join(".installed");
    let mut wanted = String::new();
    for lock in locks {
        wanted += &fs::read_to_string(lock).map_err(|error| format!("{}: {error}", lock.display()))?;
    }
    if fs::read_to_string(&stamp).is_ok_and(|found| found == wanted) {
        return Ok(());
    }
    install()?;
    fs::write(stamp, wanted)?;
    Ok(())
}
