//! `cargo xtask generators`: clients of many generators, each taken from generation to the rows of a job, with both editions of
//! the contract. Writes the tables in `clients/README.md`.

mod cases;
mod table;
mod tools;

use std::time::Duration;

use crate::Outcome;
use crate::process::announce;
use crate::tools::require;
use cases::Cases;
use table::{Row, Table};
use tools::TOOLS;

/// An edition of the contract.
#[derive(Clone, Copy)]
struct Edition {
    name: &'static str,
    path: &'static str,
}

const EDITIONS: [Edition; 2] = [
    Edition { name: "portable", path: crate::portable::PORTABLE },
    Edition { name: "contract", path: crate::contract::CONTRACT },
];

/// How long generating or building may take. A build may download packages.
const BUILD_LIMIT: Duration = Duration::from_secs(900);

/// Runs these generators, or all of them. A cell that was passed before and no longer is an error.
pub fn check(chosen: &[String]) -> Outcome {
    if let Some(unknown) = chosen.iter().find(|name| !TOOLS.iter().any(|tool| tool.name == **name)) {
        let known = TOOLS.map(|tool| tool.name).join(", ");
        return Err(format!("there is no generator `{unknown}`; there are {known}").into());
    }
    let tools: Vec<_> =
        TOOLS.iter().filter(|tool| chosen.is_empty() || chosen.iter().any(|name| name == tool.name)).collect();
    require(&tools.iter().flat_map(|tool| tool.needs).copied().collect::<Vec<_>>())?;
    let cases = Cases::start()?;
    let mut table = Table::read()?;
    let mut regressions = Vec::new();
    for edition in EDITIONS {
        for tool in &tools {
            announce(&format!("{} with the {} edition", tool.name, edition.name));
            let mut passed = vec![tool.run(tool.generate, edition)];
            passed.push(passed[0] && tool.run(tool.build, edition));
            passed.extend(cases.run(|| (tool.program)(), passed[1]));
            let row = Row { tool: tool.name.into(), version: tool.version()?, edition: edition.name.into(), passed };
            regressions.extend(table.replace(row, tool.settings));
        }
    }
    // The table keeps what was passed until it is passed again.
    if regressions.is_empty() { table.write() } else { Err(regressions.join("\n").into()) }
}
