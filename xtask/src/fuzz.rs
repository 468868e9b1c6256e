//! Builds the fuzz targets with the stable compiler and lets each run for a while.

use std::path::Path;
use std::process::Command;

use crate::Outcome;

/// The targets under `fuzz/`.
const TARGETS: [&str; 4] = ["cookies", "envelopes", "ids_and_times", "rows"];

/// What tells libFuzzer which code an input reaches.
const FLAGS: &str = "--cfg fuzzing -Cpasses=sancov-module -Cllvm-args=-sanitizer-coverage-level=4 \
    -Cllvm-args=-sanitizer-coverage-inline-8bit-counters -Cllvm-args=-sanitizer-coverage-pc-table -Ccodegen-units=1";

pub fn run(seconds: u32) -> Outcome {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../fuzz");
    // A target of its own keeps the flags from build scripts.
    let host = host()?;
    succeed(
        Command::new("cargo")
            .args(["build", "--release", "--locked", "--target", &host])
            .env("RUSTFLAGS", FLAGS)
            .current_dir(&root),
    )?;
    for target in TARGETS {
        let corpus = root.join("corpus").join(target);
        std::fs::create_dir_all(&corpus)?;
        let program = root.join("target").join(&host).join("release").join(target);
        // A large part of what a run finds is found by one of these inputs changed.
        let seeds = root.join("seeds").join(target);
        succeed(
            Command::new(program)
                .arg(corpus)
                .arg(seeds)
                .args([format!("-max_total_time={seconds}"), "-rss_limit_mb=2048".into(), "-timeout=10".into()])
                .args(["-print_final_stats=1".into(), format!("-artifact_prefix={target}-")])
                .current_dir(&root),
        )?;
    }
    Ok(())
}

fn host() -> Outcome<String> {
    let version = Command::new("rustc").arg("-vV").output()?;
    let version = String::from_utf8(version.stdout)?;
    let host = version.lines().find_map(|line| line.strip_prefix("host: ")).ok_or("rustc does not say its host")?;
    Ok(host.into())
}

fn succeed(command: &mut Command) -> Outcome {
    println!("== {command:?}");
    match command.status()? {
        status if status.success() => Ok(()),
        status => Err(format!("{status}: {command:?}").into()),
    }
}
