//! What the SDK costs, as ratios measured side by side in one run.

use std::fs;
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use nebula_explorer_emulator::Emulator;
use serde_json::Value;

use crate::Outcome;
use crate::process::{command, output, root, run};
use crate::sample;

/// Prints the machine, and a table of what was measured.
pub fn print() -> Outcome {
    println!("{}\n", machine()?);
    println!("| what | measured | goal |\n|---|---|---|");
    for bench in ["ratios", "memory"] {
        run(command("cargo", "").args(["bench", "--quiet", "--bench", bench]))?;
    }
    println!("| one call, in instructions | {:.3} | 1.10 |", instructions()?);
    println!("| clean build | {:.2} | 1.6 |", clean_build()?);
    Ok(())
}

fn machine() -> Outcome<String> {
    let cpus = fs::read_to_string("/proc/cpuinfo").unwrap_or_default();
    let model = cpus.lines().find_map(|line| line.strip_prefix("model name")?.split_once(": ")).map(|(_, name)| name);
    let rustc = output(command("rustc", "").arg("--version"))?.0;
    let cores = std::thread::available_parallelism()?;
    Ok(format!("{cores} cores, {}, {}", model.unwrap_or("a processor of unknown name"), rustc.trim()))
}

/// The instructions of one call through the SDK, as a multiple of those of the same call by hand.
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
        let mut valgrind = command("valgrind", "");
        valgrind.args(["--tool=callgrind", "--callgrind-out-file=/dev/null"]).arg(&program);
        // The token is no argument, because everybody can see those.
        let (_, report) = output(valgrind.args([who, &emulator.url(), &job, &calls.to_string()]).env("TOKEN", &token))?;
        let collected = report.lines().find_map(|line| line.split_once("Collected : "));
        Ok(collected.ok_or("callgrind does not say what it has counted")?.1.trim().parse()?)
    };
    // The difference of two runs, so that starting up does not count.
    let one = |who| -> Outcome<f64> { Ok(count(who, 1100)? - count(who, 100)?) };
    Ok(one("sdk")? / one("by-hand")?)
}

/// The program that makes calls and nothing else.
fn calls() -> Outcome<PathBuf> {
    let build = ["bench", "--quiet", "--bench", "calls", "--no-run", "--message-format=json"];
    let messages = output(command("cargo", "").args(build))?.0;
    let executable = messages.lines().find_map(|line| {
        let message: Value = serde_json::from_str(line).ok()?;
        message["executable"].as_str().filter(|_| message["target"]["name"] == "calls").map(PathBuf::from)
    });
    executable.ok_or_else(|| "cargo did not build the bench `calls`".into())
}

/// The time of a clean build of the package, as a multiple of that of the same code without generating any of it.
fn clean_build() -> Outcome<f64> {
    run(command("cargo", "").args(["package", "--quiet", "--package", "nebula-explorer", "--allow-dirty"]))?;
    let unpacked = root().join("target/package").join(concat!("nebula-explorer-", env!("CARGO_PKG_VERSION")));
    let place = root().join("target/bench-build");
    remove(&place)?;
    let (generating, by_hand) = (place.join("generating"), place.join("by-hand"));
    for package in [&generating, &by_hand] {
        copy(&unpacked, package)?;
        let manifest = package.join("Cargo.toml");
        // A workspace of its own, because it lies in ours.
        fs::write(&manifest, fs::read_to_string(&manifest)? + "\n[workspace]\n")?;
    }
    let generating_time = build(&generating)?;
    write_out(&by_hand, &out_dir(&generating.join("target/debug/build"))?)?;
    let by_hand_time = build(&by_hand)?;
    remove(&place)?;
    Ok(generating_time.as_secs_f64() / by_hand_time.as_secs_f64())
}

/// Makes a package whose generated code stands in its sources, as somebody would have written it.
fn write_out(package: &Path, generated: &Path) -> Outcome {
    let folder = package.join("src/generated");
    fs::create_dir_all(&folder)?;
    for file in ["client.rs", "codes.rs", "operations.rs"] {
        fs::copy(generated.join(file), folder.join(file))?;
    }
    let place = package.join("src/generated.rs");
    fs::write(
        &place,
        fs::read_to_string(&place)?
            .replace(r#"env!("OUT_DIR"), "/"#, r#"env!("CARGO_MANIFEST_DIR"), "/src/generated/"#),
    )?;
    let manifest = package.join("Cargo.toml");
    let text = fs::read_to_string(&manifest)?.replace(r#"build = "build.rs""#, "build = false");
    let tables = text.split_inclusive("\n\n").filter(|table| !table.trim_start().starts_with("[build-dependencies"));
    fs::write(&manifest, tables.collect::<String>())?;
    Ok(fs::remove_file(package.join("build.rs"))?)
}

fn build(package: &Path) -> Outcome<Duration> {
    // What is fetched, is fetched before.
    run(command("cargo", "").args(["fetch", "--quiet"]).current_dir(package))?;
    let begin = Instant::now();
    run(command("cargo", "").args(["build", "--quiet", "--target-dir", "target"]).current_dir(package))?;
    Ok(begin.elapsed())
}

/// Where the build script of the SDK has written its code.
fn out_dir(builds: &Path) -> Outcome<PathBuf> {
    for entry in fs::read_dir(builds)? {
        let out = entry?.path().join("out");
        if out.join("client.rs").exists() {
            return Ok(out);
        }
    }
    Err(format!("no generated code in {}", builds.display()).into())
}

fn copy(from: &Path, to: &Path) -> Outcome {
    fs::create_dir_all(to)?;
    for entry in fs::read_dir(from)? {
        let entry = entry?;
        let to = to.join(entry.file_name());
        if entry.file_type()?.is_dir() {
            copy(&entry.path(), &to)?;
        } else {
            fs::copy(entry.path(), to)?;
        }
    }
    Ok(())
}

fn remove(folder: &Path) -> Outcome {
    if folder.exists() {
        fs::remove_dir_all(folder)?;
    }
    Ok(())
}
