//! `cargo xtask airflow`: the provider of the Python package in a real Airflow, against the emulator.

use std::path::PathBuf;

use duct::cmd;

use crate::Outcome;
use crate::postgres::Postgres;
use crate::process::{announce, root};
use crate::python;
use crate::tools::{self, PYTHON};

const TESTS: &str = "python/airflow_tests";
/// Airflow, and what the tests need.
const REQUIREMENTS: &str = "python/airflow_tests/requirements.txt";

/// Installs a wheel, or the one that it builds, beside Airflow and runs the tests. `quick` leaves out those that start
/// Airflow's processes.
pub fn check(quick: bool, wheel: Option<PathBuf>) -> Outcome {
    tools::require(&[&PYTHON])?;
    let wheel = wheel.map_or_else(|| python::build(false), Ok)?;
    let programs = tools::python("airflow", REQUIREMENTS)?;
    python::install_wheel(&programs, &wheel)?;
    let home = tempfile::tempdir()?;
    let python = programs.join("python");
    announce("check the types of the Airflow provider");
    let mypy = ["-m", "mypy", "--config-file", "mypy.ini", "--package", "nebula_explorer.airflow"];
    cmd(&python, mypy).dir(TESTS).env("AIRFLOW_HOME", home.path()).run()?;
    announce("test the Airflow provider");
    cmd!(&python, "-m", "pytest", "--verbose", "test_provider.py").dir(TESTS).env("AIRFLOW_HOME", home.path()).run()?;
    if quick {
        return Ok(());
    }
    let postgres = Postgres::start()?;
    announce("Airflow's processes, some of which are killed");
    cmd!(&python, "-m", "pytest", "--verbose", "test_scenarios.py")
        .dir(TESTS)
        .env("NEBULA_EXPLORER_TEST_POSTGRES", postgres.url())
        .env("NEBULA_EXPLORER_GUIDES", root().join("docs"))
        .run()?;
    Ok(())
}
