//! `cargo xtask modules`: no two modules of a crate import each other, directly or through others.
//!
//! The imports come from cargo-modules. Its own `--acyclic` is of no use here, since it also counts a method that returns its own
//! type as a cycle.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

use duct::cmd;
use petgraph::algo::tarjan_scc;
use petgraph::graph::DiGraph;
use serde_json::Value;

use crate::Outcome;
use crate::process::announce;
use crate::tools;

/// A package whose modules are the root package's.
const SAME_SOURCES: &str = "contract-rehearsal";

/// Checks every library and program of the workspace, and fails with all cycles found.
pub fn check() -> Outcome {
    let cargo_modules = tools::cargo(&tools::CARGO_MODULES)?;
    let metadata = cmd!("cargo", "metadata", "--no-deps", "--format-version", "1").read()?;
    let metadata: Value = serde_json::from_str(&metadata)?;
    let mut cycles = Vec::new();
    for package in metadata["packages"].as_array().into_iter().flatten() {
        let name = package["name"].as_str().unwrap_or_default();
        for target in package["targets"].as_array().into_iter().flatten().filter(|_| name != SAME_SOURCES) {
            let target_name = target["name"].as_str().unwrap_or_default();
            let selection = match target["kind"][0].as_str() {
                Some("lib") => vec!["--lib"],
                Some("bin") => vec!["--bin", target_name],
                _ => continue,
            };
            announce(&format!("import cycles in {name} {}", selection.join(" ")));
            cycles.extend(find_cycles(&graph(&cargo_modules, name, &selection)?));
        }
    }
    if cycles.is_empty() { Ok(()) } else { Err(format!("import cycles:\n{}", cycles.join("\n")).into()) }
}

/// The modules and functions of a crate and what they use, in the DOT language.
fn graph(cargo_modules: &Path, package: &str, selection: &[&str]) -> Outcome<String> {
    let filters = ["--all-features", "--no-externs", "--no-sysroot", "--no-traits", "--no-types"];
    let arguments = ["dependencies", "--package", package].into_iter().chain(selection.iter().copied()).chain(filters);
    Ok(cmd(cargo_modules, arguments).read()?)
}

/// The strongly connected components of the graph of modules, from their imports and the types of fields. The signatures of
/// functions do not count.
fn find_cycles(dot: &str) -> Vec<String> {
    let mut modules = BTreeSet::new();
    let mut uses = Vec::new();
    for line in dot.lines() {
        let names: Vec<_> = line.split('"').collect();
        match names[..] {
            [_, from, " -> ", to, ..] if line.ends_with("// \"uses\" edge") => uses.push((from, to)),
            [_, name, ..] if line.ends_with("// \"mod\" node") || line.ends_with("// \"crate\" node") => {
                modules.insert(name);
            }
            _ => {}
        }
    }
    let mut graph = DiGraph::new();
    let nodes: BTreeMap<_, _> = modules.iter().map(|module| (*module, graph.add_node(*module))).collect();
    for (from, to) in uses {
        // Imported functions and the like count as their module.
        let module =
            std::iter::successors(Some(to), |item| Some(item.rsplit_once("::")?.0)).find_map(|to| nodes.get(to));
        if let (Some(from), Some(to)) = (nodes.get(from), module)
            && from != to
        {
            graph.add_edge(*from, *to, ());
        }
    }
    let cycles = tarjan_scc(&graph).into_iter().filter(|members| members.len() > 1);
    cycles.map(|members| members.iter().map(|node| graph[*node]).collect::<Vec<_>>().join(" <-> ")).collect()
}
