//! `cargo xtask clients`: the programs in other languages, generated, built and run side by side with the Rust SDK.

use std::process::Command;
use std::time::Duration;

use crate::Outcome;
use crate::edge_case_server::{self, Case};
use crate::emulator::{ACCOUNT, Emulator, GRAPH};
use crate::process::{announce, capture, command, root, run};
use crate::sample::{self, Said};
use crate::tools::{self, GO, JAVA, NODE, PYTHON, Platform};

/// The contract, as the folders of the clients see it.
const CONTRACT: &str = "../../openapi/explorer-workflow.yaml";

/// How long a program may take: a client that does not know a status could wait for ever.
const LIMIT: Duration = Duration::from_secs(60);

/// One language's client.
struct Client {
    language: &'static str,
    needs: &'static Platform,
    /// Generates and builds, and gives what starts the program.
    build: fn() -> Outcome<Command>,
}

const CLIENTS: [Client; 4] = [
    Client { language: "python", needs: &PYTHON, build: python },
    Client { language: "typescript", needs: &NODE, build: typescript },
    Client { language: "go", needs: &GO, build: go },
    Client { language: "java", needs: &JAVA, build: java },
];

/// Runs the programs of these languages, or of all, and compares what they say with what the Rust SDK says.
pub fn compare(languages: &[String]) -> Outcome {
    if let Some(unknown) = languages.iter().find(|name| !CLIENTS.iter().any(|client| client.language == **name)) {
        let known = CLIENTS.map(|client| client.language).join(", ");
        return Err(format!("there is no client in `{unknown}`; there are {known}").into());
    }
    let chosen: Vec<_> = CLIENTS
        .into_iter()
        .filter(|client| languages.is_empty() || languages.iter().any(|name| name == client.language))
        .collect();
    tools::require(&chosen.iter().map(|client| client.needs).collect::<Vec<_>>())?;

    let emulator = Emulator::start()?;
    let runtime = tokio::runtime::Runtime::new()?;
    let mut servers = vec![("result", emulator.url.clone())];
    for case in Case::ALL {
        servers.push((case.name(), edge_case_server::start(&runtime, case)?));
    }
    let expected: Vec<Said> = servers.iter().map(|(_, url)| runtime.block_on(sample::run(url))).collect();
    if let Some(Err(error)) = expected.first() {
        return Err(format!("the Rust SDK itself did not get rows from the emulator: {error}").into());
    }

    let mut differences = Vec::new();
    for client in &chosen {
        announce(&format!("{}: generate and build", client.language));
        let mut program = (client.build)()?;
        for ((name, url), expected) in servers.iter().zip(&expected) {
            let said = start(&mut program, url)?;
            let verdict = if said == *expected { "the same as the Rust SDK" } else { "DIFFERENT" };
            eprintln!("{}: {name}: {verdict}", client.language);
            if said != *expected {
                differences.push(format!("{}: {name}\n  Rust SDK: {expected:?}\n  it: {said:?}", client.language));
            }
        }
    }
    if differences.is_empty() {
        let names: Vec<_> = chosen.iter().map(|client| client.language).collect();
        println!("{}: the same as the Rust SDK in {} cases each", names.join(", "), servers.len());
        Ok(())
    } else {
        Err(differences.join("\n").into())
    }
}

/// Runs a program against a server.
fn start(program: &mut Command, url: &str) -> Outcome<Said> {
    program
        .env("NEBULA_EXPLORER_URL", url)
        .env("NEBULA_EXPLORER_GRAPH", format!("{}:{}", GRAPH.0, GRAPH.1))
        .env("NEBULA_EXPLORER_USER", ACCOUNT.0)
        .env("NEBULA_EXPLORER_PASSWORD", ACCOUNT.1);
    let ended = capture(program, LIMIT)?;
    if ended.success {
        return Ok(Ok(ended.stdout));
    }
    let error = ended.stderr.lines().find_map(|line| line.strip_prefix("error: "));
    Ok(Err(error.unwrap_or(&ended.stderr).to_owned()))
}

fn python() -> Outcome<Command> {
    let programs = tools::python("python-client", "clients/python/requirements.txt")?;
    run(command(programs.join("openapi-python-client"), "clients/python").args([
        "generate",
        "--path",
        CONTRACT,
        "--config",
        "config.yaml",
        "--custom-template-path",
        "templates",
        "--meta",
        "none",
        "--output-path",
        "generated/explorer",
        "--overwrite",
    ]))?;
    let mut program = command(programs.join("python"), "clients/python");
    program.arg("pagerank.py");
    Ok(program)
}

fn typescript() -> Outcome<Command> {
    tools::npm_ci("clients/typescript")?;
    run(command("npm", "clients/typescript").args(["run", "--silent", "generate"]))?;
    run(command("npm", "clients/typescript").args(["run", "--silent", "build"]))?;
    let mut program = command("node", "clients/typescript");
    program.arg("generated/build/pagerank.js");
    Ok(program)
}

fn go() -> Outcome<Command> {
    std::fs::create_dir_all(root().join("clients/go/generated/explorer"))?;
    run(command("go", "clients/go").args(["generate", "."]))?;
    run(command("go", "clients/go").args(["build", "-o", "generated/pagerank", "."]))?;
    Ok(command(root().join("clients/go/generated/pagerank"), "clients/go"))
}

fn java() -> Outcome<Command> {
    run(command("mvn", "clients/java").args(["--batch-mode", "--quiet", "clean", "package"]))?;
    let mut program = command("java", "clients/java");
    program.args(["-cp", "generated/target/classes:generated/target/lib/*", "PageRank"]);
    Ok(program)
}
