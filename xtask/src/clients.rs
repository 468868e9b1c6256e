//! `cargo xtask clients`: generates, builds and runs the programs in other languages, and compares them with the Rust SDK.

use std::time::Duration;

use duct::{Expression, cmd};

use crate::Outcome;
use crate::edge_case_server::{self, Case};
use crate::emulator::{ACCOUNT, Emulator, GRAPH};
use crate::process::{announce, capture, root, text};
use crate::sample::{self, ProgramOutput};
use crate::tools::{self, GO, JAVA, NODE, PYTHON, Platform};

/// The portable edition of the contract, relative to the folder of a client.
const PORTABLE: &str = "../../openapi/explorer-workflow.portable.yaml";

/// How long a program may run: a client that does not know a status could wait forever.
const LIMIT: Duration = Duration::from_secs(60);

/// One language's client.
struct Client {
    language: &'static str,
    needs: &'static Platform,
    /// Generates and builds the program, and returns the command that starts it.
    build: fn() -> Outcome<Expression>,
}

const CLIENTS: [Client; 4] = [
    Client { language: "python", needs: &PYTHON, build: python },
    Client { language: "typescript", needs: &NODE, build: typescript },
    Client { language: "go", needs: &GO, build: go },
    Client { language: "java", needs: &JAVA, build: java },
];

/// Runs the programs of these languages, or of all, and compares their output with that of the Rust SDK.
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
    let expected: Vec<ProgramOutput> = servers.iter().map(|(_, url)| runtime.block_on(sample::run(url))).collect();
    if let Some(Err(error)) = expected.first() {
        return Err(format!("the Rust SDK got no rows from the emulator: {error}").into());
    }

    let mut differences = Vec::new();
    for client in &chosen {
        announce(&format!("{}: generate and build", client.language));
        let program = (client.build)()?;
        for ((name, url), expected) in servers.iter().zip(&expected) {
            let output = start(&program, url)?;
            let verdict = if output == *expected { "the same as the Rust SDK" } else { "DIFFERENT" };
            eprintln!("{}: {name}: {verdict}", client.language);
            if output != *expected {
                differences
                    .push(format!("{}: {name}\n  Rust SDK: {expected:?}\n  client: {output:?}", client.language));
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
fn start(program: &Expression, url: &str) -> Outcome<ProgramOutput> {
    output(&environment(program, url), LIMIT)
}

/// A program with what it is told of a server.
pub fn environment(program: &Expression, url: &str) -> Expression {
    program
        .env("NEBULA_EXPLORER_URL", url)
        .env("NEBULA_EXPLORER_GRAPH", format!("{}:{}", GRAPH.0, GRAPH.1))
        .env("NEBULA_EXPLORER_USER", ACCOUNT.0)
        .env("NEBULA_EXPLORER_PASSWORD", ACCOUNT.1)
}

/// What a program prints: its standard output, or its error.
pub fn output(program: &Expression, limit: Duration) -> Outcome<ProgramOutput> {
    let output = capture(program, limit)?;
    if output.status.success() {
        return Ok(Ok(text(&output.stdout)));
    }
    let messages = text(&output.stderr);
    let error = messages.lines().find_map(|line| line.strip_prefix("error: "));
    Ok(Err(error.unwrap_or(&messages).to_owned()))
}

fn python() -> Outcome<Expression> {
    let programs = tools::python("python-client", "clients/python/requirements.txt")?;
    let generate = [
        "generate",
        "--path",
        PORTABLE,
        "--config",
        "config.yaml",
        "--meta",
        "none",
        "--output-path",
        "generated/explorer",
        "--overwrite",
    ];
    cmd(programs.join("openapi-python-client"), generate).dir("clients/python").run()?;
    Ok(cmd!(programs.join("python"), "pagerank.py").dir("clients/python"))
}

fn typescript() -> Outcome<Expression> {
    tools::npm_ci("clients/typescript")?;
    for script in ["generate", "build"] {
        cmd!("npm", "run", "--silent", script).dir("clients/typescript").run()?;
    }
    Ok(cmd!("node", "generated/build/pagerank.js").dir("clients/typescript"))
}

fn go() -> Outcome<Expression> {
    std::fs::create_dir_all(root().join("clients/go/generated/explorer"))?;
    cmd!("go", "generate", ".").dir("clients/go").run()?;
    cmd!("go", "build", "-o", "generated/pagerank", ".").dir("clients/go").run()?;
    Ok(cmd!(root().join("clients/go/generated/pagerank")).dir("clients/go"))
}

fn java() -> Outcome<Expression> {
    cmd!("mvn", "--batch-mode", "--quiet", "clean", "package").dir("clients/java").run()?;
    let classes = "generated/target/classes:generated/target/lib/*";
    Ok(cmd!("java", "-cp", classes, "PageRank").dir("clients/java"))
}
