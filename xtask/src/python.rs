//! `cargo xtask python`: the Python package, as its users get it.
//!
//! The wheel is built from the sdist, outside the source tree, and installed into two environments: an empty one, which shows that it
//! needs nothing else, and one with the libraries that the tests use.

use std::ffi::OsStr;
use std::fs;
use std::path::{Path, PathBuf};
use std::time::Instant;

use duct::cmd;
use nebula_explorer::operations::Operation;
use serde_json::Value;

use crate::Outcome;
use crate::emulator::{ACCOUNT, GRAPH};
use crate::files::{copy, remove};
use crate::process::{announce, root, text};
use crate::result_cost::{self, ROWS};
use crate::sample::TASK;
use crate::tools::{self, PYTHON};

/// What `python/tests`, `python/bench` and the checks of types need, and maturin.
const REQUIREMENTS: &str = "python/requirements.txt";

/// The largest wheel that is acceptable, in bytes.
const MAX_WHEEL: u64 = 15_000_000;

/// Builds, installs, tests and checks it.
pub fn check(debug: bool) -> Outcome {
    let wheel = build(debug)?;
    try_alone(&wheel)?;
    let programs = install(&wheel)?;
    let place = tempfile::tempdir()?;
    let tests = copy_tests(place.path())?;
    announce("test the Python package");
    cmd!(
        programs.join("python"),
        "-m",
        "pytest",
        "--quiet",
        "--config-file",
        root().join("python/pyproject.toml"),
        "--rootdir",
        &tests,
        &tests
    )
    .dir(&tests)
    // The tests compare the package with the sources of the SDK.
    .env("NEBULA_EXPLORER_REPOSITORY", root())
    .run()?;
    announce("check the types of the Python package");
    let settings = root().join("python/pyproject.toml");
    // Airflow is not installed here: `cargo xtask airflow` checks its provider.
    remove(&package(&programs)?.join("airflow"))?;
    cmd!(programs.join("mypy"), "--config-file", &settings, "--package", "nebula_explorer").dir(&tests).run()?;
    cmd!(programs.join("mypy"), "--config-file", &settings, ".").dir(&tests).run()?;
    cmd!(programs.join("stubtest"), "nebula_explorer._native", "--mypy-config-file", &settings).dir(&tests).run()?;
    let path = std::env::var_os("PATH").unwrap_or_default();
    let path = std::env::join_paths([programs.clone()].into_iter().chain(std::env::split_paths(&path)))?;
    cmd!(programs.join("pyright"), ".").dir(&tests).env("PATH", &path).run()?;
    check_completeness(&programs, &path)?;
    if !debug {
        check_size(&wheel)?;
    }
    println!("the wheel is built from the sdist, and its tests pass outside the source tree");
    Ok(())
}

/// Everything public has a complete type. Airflow is not installed here, so the types of its provider are unknown.
fn check_completeness(programs: &Path, path: &OsStr) -> Outcome {
    let verify = cmd!(programs.join("pyright"), "--verifytypes", "nebula_explorer", "--ignoreexternal", "--outputjson");
    // It fails because of the provider.
    let report = verify.dir(programs).env("PATH", path).unchecked().read()?;
    let report: Value = serde_json::from_str(&report)?;
    let symbols = report["typeCompleteness"]["symbols"].as_array().ok_or("pyright does not list the symbols")?;
    let name = |symbol: &&Value| symbol["name"].as_str().unwrap_or_default().to_string();
    let is_unknown = |symbol: &&Value| symbol["isExported"] == true && symbol["isTypeKnown"] != true;
    let unknown =
        symbols.iter().filter(is_unknown).filter(|symbol| !name(symbol).starts_with("nebula_explorer.airflow"));
    let unknown: Vec<String> = unknown.map(|symbol| name(&symbol)).collect();
    match unknown.as_slice() {
        [] if symbols.len() > 100 => Ok(()),
        [] => Err("pyright does not find the package".into()),
        unknown => Err(format!("the types of these are not complete: {}", unknown.join(", ")).into()),
    }
}

/// Prints what the package costs, side by side with the same work done by hand.
pub fn bench() -> Outcome {
    let wheel = build(false)?;
    let programs = install(&wheel)?;
    let python = programs.join("python");
    let runtime = tokio::runtime::Runtime::new()?;
    let url = result_cost::start(&runtime, result_cost::body())?;
    let operation = Operation::find("get_task_result").ok_or("the contract has no results")?;
    let path = operation.path.replace("{job_id}", "1").replace("{task_id}", TASK);
    let run = |program: &str| -> Outcome<Cost> {
        let graph = format!("{}:{}", GRAPH.0, GRAPH.1);
        let program = root().join("python/bench").join(program);
        let printed =
            cmd!(&python, program, &url, TASK, &path, ROWS.to_string(), graph, ACCOUNT.0, ACCOUNT.1).read()?;
        Cost::parse(&printed).ok_or_else(|| format!("the bench printed `{printed}`").into())
    };
    const RUNS: usize = 7;
    let (mut ours, mut theirs) = (Vec::new(), Vec::new());
    for _ in 0..RUNS {
        ours.push(run("rows.py")?);
        theirs.push(run("rows_by_hand.py")?);
    }
    let median = |costs: &[Cost], figure: fn(&Cost) -> f64| {
        let mut figures: Vec<f64> = costs.iter().map(figure).collect();
        figures.sort_by(f64::total_cmp);
        figures[RUNS / 2]
    };
    let ratio = |figure| median(&ours, figure) / median(&theirs, figure);
    println!("| what | measured | goal |\n|---|---|---|");
    println!(
        "| 1,000,000 rows into polars, time by httpx, json and polars | {:.2} | 0.33 |",
        ratio(|cost| cost.seconds)
    );
    println!("| the same, peak memory | {:.2} | 1.00 |", ratio(|cost| cost.kilobytes));
    println!("| `import nebula_explorer` | {:.0} ms | 50 ms |", import_time(&python)?);
    println!("| wheel | {:.1} MB | 15 MB |", fs::metadata(&wheel)?.len() as f64 / 1e6);
    Ok(())
}

/// What one run of a bench costs.
struct Cost {
    seconds: f64,
    kilobytes: f64,
}

impl Cost {
    fn parse(printed: &str) -> Option<Self> {
        let (seconds, kilobytes) = printed.trim().split_once(' ')?;
        Some(Self { seconds: seconds.parse().ok()?, kilobytes: kilobytes.parse().ok()? })
    }
}

/// The shortest of many imports in milliseconds, in processes of their own: others only add to it.
fn import_time(python: &Path) -> Outcome<f64> {
    let mut shortest = f64::INFINITY;
    for _ in 0..20 {
        let imported = cmd!(python, "-X", "importtime", "-c", "import nebula_explorer").stderr_capture().run()?;
        let report = text(&imported.stderr);
        let last = report.lines().last().and_then(|line| line.split('|').nth(1)?.trim().parse::<f64>().ok());
        shortest = shortest.min(last.ok_or("python does not print the times of imports")? / 1000.0);
    }
    Ok(shortest)
}

/// Builds the sdist, and from it the wheel.
pub fn build(debug: bool) -> Outcome<PathBuf> {
    tools::require(&[&PYTHON])?;
    let programs = tools::python("python-package", REQUIREMENTS)?;
    let folder = folder();
    remove(&folder)?;
    announce("build the sdist and the wheel");
    let start = Instant::now();
    let maturin = programs.join("maturin");
    cmd!(&maturin, "sdist", "--manifest-path", "python/Cargo.toml", "--out", &folder).run()?;
    let sdist = only_file(&folder, ".tar.gz")?;
    let place = tempfile::tempdir()?;
    let place = place.path();
    // The times in the archive are all the same; with them cargo would take an earlier build for one of these sources.
    cmd!("tar", "--extract", "--touch", "--file", &sdist, "--strip-components=1").dir(place).run()?;
    let profile = if debug { "dev" } else { "release" };
    cmd!(&maturin, "build", "--profile", profile, "--out", &folder)
        .dir(place)
        .env("CARGO_TARGET_DIR", root().join("target"))
        .run()?;
    let wheel = only_file(&folder, ".whl")?;
    let size = fs::metadata(&wheel)?.len() as f64 / 1e6;
    println!("{} ({size:.1} MB) after {:.0} s", wheel.display(), start.elapsed().as_secs_f64());
    Ok(wheel)
}

/// The sdist and the wheel, once they are built.
pub fn artefacts() -> Outcome<[PathBuf; 2]> {
    Ok([only_file(&folder(), ".tar.gz")?, only_file(&folder(), ".whl")?])
}

fn folder() -> PathBuf {
    root().join("target/python")
}

/// Builds the API reference of the package, and returns its folder. The types of Airflow are not there to import its provider.
pub fn reference() -> Outcome<PathBuf> {
    let programs = install(&build(true)?)?;
    announce("the Python documentation");
    let reference = folder().join("reference");
    let pages = ["nebula_explorer", "!nebula_explorer.airflow", "--output-directory"].map(OsStr::new);
    cmd(programs.join("pdoc"), pages.into_iter().chain([reference.as_os_str()])).dir(folder()).run()?;
    Ok(reference)
}

fn check_size(wheel: &Path) -> Outcome {
    let size = fs::metadata(wheel)?.len();
    if size < MAX_WHEEL { Ok(()) } else { Err(format!("the wheel has {size} bytes, more than {MAX_WHEEL}").into()) }
}

/// The wheel needs nothing but Python.
fn try_alone(wheel: &Path) -> Outcome {
    announce("try the wheel in an empty environment");
    let environment = folder().join("empty");
    cmd!("python3", "-m", "venv", "--clear", &environment).run()?;
    install_wheel(&environment.join("bin"), wheel)?;
    cmd!(environment.join("bin/python"), "-m", "nebula_explorer", "demo").dir(&environment).stdout_null().run()?;
    cmd!(environment.join("bin/nebula-explorer"), "--version").dir(&environment).run()?;
    Ok(())
}

/// Installs the wheel among the libraries of the tests, and returns the programs there.
fn install(wheel: &Path) -> Outcome<PathBuf> {
    let programs = tools::python("python-package", REQUIREMENTS)?;
    install_wheel(&programs, wheel)?;
    Ok(programs)
}

/// Installs a wheel without what it depends on.
pub fn install_wheel(programs: &Path, wheel: &Path) -> Outcome {
    let install = ["install", "--quiet", "--disable-pip-version-check", "--force-reinstall", "--no-deps", "--no-index"];
    let arguments = install.iter().map(|argument| argument.as_ref()).chain([wheel.as_os_str()]);
    cmd(programs.join("pip"), arguments).run()?;
    Ok(())
}

/// Where the package is installed.
fn package(programs: &Path) -> Outcome<PathBuf> {
    let print = "import nebula_explorer; print(nebula_explorer.__path__[0])";
    Ok(cmd!(programs.join("python"), "-c", print).dir(programs).read()?.into())
}

/// Copies the tests outside the source tree, so that only the installed package can be imported, with the guides that they run.
fn copy_tests(place: &Path) -> Outcome<PathBuf> {
    let tests = place.join("python/tests");
    copy(&root().join("python/tests"), &tests)?;
    copy(&root().join("docs"), &place.join("docs"))?;
    for readme in ["README.md", "README.zh-CN.md"] {
        fs::copy(root().join(readme), place.join(readme))?;
    }
    Ok(tests)
}

/// The only file in a folder whose name ends so.
fn only_file(folder: &Path, end: &str) -> Outcome<PathBuf> {
    let mut found = Vec::new();
    for entry in fs::read_dir(folder)? {
        let path = entry?.path();
        if path.to_string_lossy().ends_with(end) {
            found.push(path);
        }
    }
    match found.as_slice() {
        [file] => Ok(file.clone()),
        _ => Err(format!("{} has {} files that end with {end}", folder.display(), found.len()).into()),
    }
}
