//! Builds the fuzz targets with the stable compiler and lets each run for a while.

use duct::cmd;

use crate::Outcome;
use crate::process::{announce, root};

/// The targets under `fuzz/`.
const TARGETS: [&str; 4] = ["cookies", "envelopes", "ids_and_times", "rows"];

/// Makes libFuzzer see which code an input reaches.
const FLAGS: &str = "--cfg fuzzing -Cpasses=sancov-module -Cllvm-args=-sanitizer-coverage-level=4 \
    -Cllvm-args=-sanitizer-coverage-inline-8bit-counters -Cllvm-args=-sanitizer-coverage-pc-table -Ccodegen-units=1";

pub fn all(seconds: u32) -> Outcome {
    let folder = root().join("fuzz");
    // With an explicit target, the flags do not apply to build scripts.
    let host = host()?;
    announce("build the fuzz targets");
    cmd!("cargo", "build", "--release", "--locked", "--target", &host).dir("fuzz").env("RUSTFLAGS", FLAGS).run()?;
    for target in TARGETS {
        let corpus = folder.join("corpus").join(target);
        std::fs::create_dir_all(&corpus)?;
        let program = folder.join("target").join(&host).join("release").join(target);
        // Much of what a run finds comes from changing one of these inputs.
        let seeds = folder.join("seeds").join(target);
        announce(&format!("fuzz {target}"));
        let time = format!("-max_total_time={seconds}");
        let artifacts = format!("-artifact_prefix={target}-");
        let limits = ["-rss_limit_mb=2048", "-timeout=10", "-print_final_stats=1"];
        cmd!(program, corpus, seeds, time, artifacts, limits[0], limits[1], limits[2]).dir("fuzz").run()?;
    }
    Ok(())
}

fn host() -> Outcome<String> {
    let version = cmd!("rustc", "-vV").read()?;
    let host = version.lines().find_map(|line| line.strip_prefix("host: ")).ok_or("rustc does not print its host")?;
    Ok(host.into())
}
