//! The tools that tasks run: what a machine must have, and what is installed from the registries into `.tools`.

use std::ffi::OsStr;
use std::fs;
use std::path::{Path, PathBuf};

use duct::cmd;

use crate::Outcome;
use crate::process::{announce, root};

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

/// Ruby, with the HTTP library that openapi-generator uses.
pub const RUBY: Platform = Platform {
    name: "Ruby 3.1 or later with Typhoeus (Debian: ruby-typhoeus)",
    programs: &[("ruby", "-erequire 'typhoeus'")],
};
/// Valgrind.
pub const VALGRIND: Platform = Platform { name: "Valgrind", programs: &[("valgrind", "--version")] };
/// curl.
pub const CURL: Platform = Platform { name: "curl", programs: &[("curl", "--version")] };

/// jq.
pub const JQ: Platform = Platform { name: "jq", programs: &[("jq", "--version")] };

/// A tool that cargo builds from its registry.
pub struct CargoTool {
    name: &'static str,
    version: &'static str,
    /// Whether it computes so much that the time to optimize it is regained.
    is_optimized: bool,
}

/// Lists what the modules of a crate import.
pub const CARGO_MODULES: CargoTool = CargoTool { name: "cargo-modules", version: "0.27.0", is_optimized: true };
/// Checks licenses, bans and sources of dependencies.
pub const CARGO_DENY: CargoTool = CargoTool { name: "cargo-deny", version: "0.20.2", is_optimized: false };
/// Builds packages of Debian.
pub const CARGO_DEB: CargoTool = CargoTool { name: "cargo-deb", version: "3.8.0", is_optimized: false };
/// Compares the API of a library with that of an earlier version.
pub const CARGO_SEMVER_CHECKS: CargoTool =
    CargoTool { name: "cargo-semver-checks", version: "0.51.0", is_optimized: false };
/// Checks links.
pub const LYCHEE: CargoTool = CargoTool { name: "lychee", version: "0.24.2", is_optimized: false };
/// Builds the books of the documentation site.
pub const MDBOOK: CargoTool = CargoTool { name: "mdbook", version: "0.5.4", is_optimized: false };

/// Fails with a list of all that is missing.
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
    find("chromium-browser").map_or_else(|| debian("chromium", "chromium"), Ok)
}

/// A program of a Debian package, which is installed where it is missing.
pub fn debian(package: &str, program: &str) -> Outcome<PathBuf> {
    if let Some(program) = find(program) {
        return Ok(program);
    }
    announce(&format!("install {package}"));
    let install = cmd!("apt-get", "install", "--yes", "--no-install-recommends", package);
    let installed = install.env("DEBIAN_FRONTEND", "noninteractive").run();
    match (installed, find(program)) {
        (Ok(_), Some(program)) => Ok(program),
        _ => Err(format!("this machine lacks `{program}`, and apt-get cannot install {package} here").into()),
    }
}

/// A program on the path, or among those for administrators.
fn find(program: &str) -> Option<PathBuf> {
    let path = std::env::var_os("PATH")?;
    let folders = std::env::split_paths(&path).chain(["/usr/sbin".into()]);
    folders.map(|folder| folder.join(program)).find(|program| program.exists())
}

fn is_there(program: &str, argument: &str) -> bool {
    cmd!(program, argument).stdout_null().stderr_null().run().is_ok()
}

/// Where tools are installed; git ignores it.
fn installed(path: &str) -> PathBuf {
    root().join(".tools").join(path)
}

/// Installs a tool at its version, unless it is there, and returns its program.
pub fn cargo(tool: &CargoTool) -> Outcome<PathBuf> {
    let folder = installed("cargo");
    // cargo itself skips a version that is installed.
    let mut arguments = vec!["install", "--quiet", "--locked", tool.name, "--version", tool.version];
    if !tool.is_optimized {
        arguments.push("--debug");
    }
    cmd("cargo", arguments.iter().map(OsStr::new).chain(["--root".as_ref(), folder.as_os_str()]))
        .env("CARGO_PROFILE_DEV_DEBUG", "false")
        .run()?;
    Ok(folder.join("bin").join(tool.name))
}

/// Installs the Node tools of `xtask/tools/package-lock.json`, and returns their folder of programs.
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
    cmd!("npm", "ci", "--ignore-scripts", "--no-audit", "--no-fund").dir(folder).run()?;
    Ok(())
}

/// The same, unless it has been installed.
pub fn npm_ci_once(folder: &str) -> Outcome {
    let folder_path = root().join(folder);
    once(&folder_path.join("node_modules"), &[&folder_path.join("package-lock.json")], || npm_ci(folder))
}

/// The jar of a program on Maven's central repository.
pub fn maven_jar(group: &str, artifact: &str, version: &str) -> Outcome<PathBuf> {
    let folder = installed("maven");
    let jar = folder.join(format!("{artifact}-{version}.jar"));
    if !jar.exists() {
        let source = format!("-Dartifact={group}:{artifact}:{version}");
        let target = format!("-DoutputDirectory={}", folder.display());
        cmd!("mvn", "--batch-mode", "--quiet", MAVEN_COPY, source, target).run()?;
    }
    Ok(jar)
}

const MAVEN_COPY: &str = "org.apache.maven.plugins:maven-dependency-plugin:3.8.1:copy";

/// Installs what the requirements file lists into a Python environment in `.tools`, and returns its folder of programs.
pub fn python(name: &str, requirements: &str) -> Outcome<PathBuf> {
    let folder = installed(name);
    let requirements = root().join(requirements);
    once(&folder, &[&requirements], || {
        announce(&format!("install the Python packages of {name}"));
        cmd!("python3", "-m", "venv", "--clear", &folder).run()?;
        let install = ["install", "--quiet", "--disable-pip-version-check", "--require-hashes", "--requirement"];
        cmd(folder.join("bin/pip"), install.iter().map(OsStr::new).chain([requirements.as_os_str()])).run()?;
        Ok(())
    })?;
    Ok(folder.join("bin"))
}

/// Builds the Go tools of `xtask/tools/go.mod`, and returns their folder of programs.
pub fn go() -> Outcome<PathBuf> {
    let folder = installed("go");
    let tools = root().join("xtask/tools");
    once(&folder, &[&tools.join("go.mod"), &tools.join("go.sum")], || {
        announce("install the Go tools");
        cmd!("go", "build", "-o", folder.join("oasdiff"), "github.com/oasdiff/oasdiff").dir("xtask/tools").run()?;
        Ok(())
    })?;
    Ok(folder)
}

/// Builds Toxiproxy, unless this version of it is there, and returns its program.
pub fn toxiproxy() -> Outcome<PathBuf> {
    const VERSION: &str = "v2.12.0";
    let folder = installed(&format!("toxiproxy-{VERSION}"));
    let program = folder.join("server");
    if !program.exists() {
        require(&[&GO])?;
        announce("install Toxiproxy");
        let package = format!("github.com/Shopify/toxiproxy/v2/cmd/server@{VERSION}");
        cmd!("go", "install", package).env("GOBIN", &folder).run()?;
    }
    Ok(program)
}

/// Installs, unless the folder's stamp says that these lock files have been installed.
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
