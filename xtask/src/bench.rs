//! What the SDK costs, as ratios measured side by side in one run.

use std::fs;
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use duct::cmd;
use nebula_explorer_emulator::Emulator;
use serde_json::Value;

use crate::Outcome;
use crate::files::{copy, remove};
use crate::process::{root, text};
use crate::tools::{self, CURL, JQ, VALGRIND};
use crate::{result_cost, sample};

/// Prints the machine, and a table of what was measured.
pub fn print() -> Outcome {
    tools::require(&[&VALGRIND, &CURL, &JQ])?;
    println!("{}\n", machine()?);
    println!("| what | measured | goal |\n|---|---|---|");
    for bench in ["ratios", "memory"] {
        cmd!("cargo", "bench", "--quiet", "--bench", bench).run()?;
    }
    result_cost::print()?;
    println!("| one call, in instructions | {:.3} | 1.10 |", instructions()?);
    println!("| clean build | {:.2} | 1.6 |", clean_build()?);
    Ok(())
}

fn machine() -> Outcome<String> {
    let cpus = fs::read_to_string("/proc/cpuinfo").unwrap_or_default();
    let model = cpus.lines().find_map(|line| line.strip_prefix("model name")?.split_once(": ")).map(|(_, name)| name);
    let rustc = cmd!("rustc", "--version").read()?;
    let cores = std::thread::available_parallelism()?;
    Ok(format!("{cores} cores, {}, {}", model.unwrap_or("unknown processor"), rustc))
}

/// The instructions of one call through the SDK, as a multiple of those of a hand-written call.
fn instructions() -> Outcome<f64> {
    let program = calls()?;
    let runtime = tokio::runtime::Runtime::new()?;
    let (emulator, token, job) = runtime.block_on(async {
        let emulator = Emulator::builder().speed(1000.0).start().await?;
        let token = sample::token(&emulator.url()).await?;
        let job = sample::explorer(&emulator.url())?.workflow(sample::WORKFLOW).run().await?;
        job.wait().await?;
        Ok::<_, Box<dyn std::error::Error>>((emulator, token, job.id().to_string()))
    })?;
    let count = |who: &str, calls: u32| -> Outcome<f64> {
        let (tool, no_file) = ("--tool=callgrind", "--callgrind-out-file=/dev/null");
        let valgrind = cmd!("valgrind", tool, no_file, &program, who, emulator.url(), &job, calls.to_string());
        // The token is not an argument, because arguments are visible to every user of the machine.
        let report = text(&valgrind.env("TOKEN", &token).stdout_null().stderr_capture().run()?.stderr);
        let collected = report.lines().find_map(|line| line.split_once("Collected : "));
        Ok(collected.ok_or("callgrind does not print what it counted")?.1.trim().parse()?)
    };
    // The difference of two runs excludes startup.
    let one = |who| -> Outcome<f64> { Ok(count(who, 1100)? - count(who, 100)?) };
    Ok(one("sdk")? / one("by-hand")?)
}

/// Builds the program that only makes calls.
fn calls() -> Outcome<PathBuf> {
    let build = ["bench", "--quiet", "--bench", "calls", "--no-run", "--message-format=json"];
    let messages = cmd("cargo", build).read()?;
    let executable = messages.lines().find_map(|line| {
        let message: Value = serde_json::from_str(line).ok()?;
        message["executable"].as_str().filter(|_| message["target"]["name"] == "calls").map(PathBuf::from)
    });
    executable.ok_or_else(|| "cargo did not build the bench `calls`".into())
}

/// The time of a clean build of the package, as a multiple of that of the same code with the generated part checked in.
fn clean_build() -> Outcome<f64> {
    cmd!("cargo", "package", "--quiet", "--package", "nebula-explorer", "--allow-dirty").run()?;
    let unpacked = root().join("target/package").join(concat!("nebula-explorer-", env!("CARGO_PKG_VERSION")));
    let place = root().join("target/bench-build");
    remove(&place)?;
    let (generating, by_hand) = (place.join("generating"), place.join("by-hand"));
    for package in [&generating, &by_hand] {
        copy(&unpacked, package)?;
        let manifest = package.join("Cargo.toml");
        // A workspace of its own, because its folder is inside this one.
        fs::write(&manifest, fs::read_to_string(&manifest)? + "\n[workspace]\n")?;
    }
    let generating_time = build(&generating)?;
    write_out(&by_hand, &out_dir(&generating.join("target/debug/build"))?)?;
    let by_hand_time = build(&by_hand)?;
    remove(&place)?;
    Ok(generating_time.as_secs_f64() / by_hand_time.as_secs_f64())
}

/// Moves the generated code of a package into its sources, and removes its build script.
fn write_out(package: &Path, generated: &Path) -> Outcome {
    copy(generated, &package.join("generated"))?;
    for entry in fs::read_dir(package.join("src/contract"))? {
        let source = entry?.path();
        let text = fs::read_to_string(&source)?;
        fs::write(source, text.replace(r#"env!("OUT_DIR"), "/"#, r#"env!("CARGO_MANIFEST_DIR"), "/generated/"#))?;
    }
    let manifest = package.join("Cargo.toml");
    let text = fs::read_to_string(&manifest)?.replace(r#"build = "build.rs""#, "build = false");
    let tables = text.split_inclusive("\n\n").filter(|table| !table.trim_start().starts_with("[build-dependencies"));
    fs::write(&manifest, tables.collect::<String>())?;
    Ok(fs::remove_file(package.join("build.rs"))?)
}

fn build(package: &Path) -> Outcome<Duration> {
    // Downloads do not count.
    cmd!("cargo", "fetch", "--quiet").dir(package).run()?;
    let start = Instant::now();
    cmd!("cargo", "build", "--quiet", "--target-dir", "target").dir(package).run()?;
    Ok(start.elapsed())
}

/// Where the build script of the SDK wrote its code.
fn out_dir(builds: &Path) -> Outcome<PathBuf> {
    for entry in fs::read_dir(builds)? {
        let out = entry?.path().join("out");
        if out.join("client.rs").exists() {
            return Ok(out);
        }
    }
    Err(format!("no generated code in {}", builds.display()).into())
}
