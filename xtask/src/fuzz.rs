//! Builds the fuzz targets with the stable compiler and lets each run for a while.

use crate::Outcome;
use crate::process::{announce, command, output, root, run};

/// The targets under `fuzz/`.
const TARGETS: [&str; 4] = ["cookies", "envelopes", "ids_and_times", "rows"];

/// What tells libFuzzer which code an input reaches.
const FLAGS: &str = "--cfg fuzzing -Cpasses=sancov-module -Cllvm-args=-sanitizer-coverage-level=4 \
    -Cllvm-args=-sanitizer-coverage-inline-8bit-counters -Cllvm-args=-sanitizer-coverage-pc-table -Ccodegen-units=1";

pub fn all(seconds: u32) -> Outcome {
    let folder = root().join("fuzz");
    // A target of its own keeps the flags from build scripts.
    let host = host()?;
    announce("build the fuzz targets");
    run(command("cargo", "fuzz").args(["build", "--release", "--locked", "--target", &host]).env("RUSTFLAGS", FLAGS))?;
    for target in TARGETS {
        let corpus = folder.join("corpus").join(target);
        std::fs::create_dir_all(&corpus)?;
        let program = folder.join("target").join(&host).join("release").join(target);
        // A large part of what a run finds is found by one of these inputs changed.
        let seeds = folder.join("seeds").join(target);
        announce(&format!("fuzz {target}"));
        run(command(program, "fuzz")
            .arg(corpus)
            .arg(seeds)
            .args([format!("-max_total_time={seconds}"), "-rss_limit_mb=2048".into(), "-timeout=10".into()])
            .args(["-print_final_stats=1".into(), format!("-artifact_prefix={target}-")]))?;
    }
    Ok(())
}

fn host() -> Outcome<String> {
    let (version, _) = output(command("rustc", "").arg("-vV"))?;
    let host = version.lines().find_map(|line| line.strip_prefix("host: ")).ok_or("rustc does not say its host")?;
    Ok(host.into())
}
