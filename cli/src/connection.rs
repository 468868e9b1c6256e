//! From flags and variables to a client that is ready to sign in.

use std::env::var;

use nebula_explorer::{Credentials, Explorer, SecretString};

use crate::arguments::Server;
use crate::failure::Failure;

pub fn connect(server: &Server) -> Result<Explorer, Failure> {
    let url = required(&server.url, "--url", "NEBULA_EXPLORER_URL")?;
    let graph = required(&server.graph, "--graph", "NEBULA_EXPLORER_GRAPH")?;
    let user = required(&server.user, "--user", "NEBULA_EXPLORER_USER")?;
    let (address, port) = graph
        .rsplit_once(':')
        .and_then(|(address, port)| Some((address, port.parse().ok()?)))
        .ok_or_else(|| Failure::Usage(format!("the graph service `{graph}` is not ADDRESS:PORT")))?;
    let account = Credentials::account(user, password(server.password_stdin)?);
    Ok(Explorer::builder(url).graph(address, port).credentials(account).build()?)
}

fn required<'a>(value: &'a Option<String>, flag: &str, variable: &str) -> Result<&'a str, Failure> {
    value.as_deref().ok_or_else(|| Failure::Usage(format!("give {flag}, or set {variable}")))
}

fn password(from_stdin: bool) -> Result<SecretString, Failure> {
    if !from_stdin {
        let password = var("NEBULA_EXPLORER_PASSWORD");
        return password
            .map(SecretString::from)
            .map_err(|_| Failure::Usage("set NEBULA_EXPLORER_PASSWORD, or give --password-stdin".into()));
    }
    let mut line = String::new();
    std::io::stdin()
        .read_line(&mut line)
        .map_err(|error| Failure::Other(format!("the password cannot be read from standard input: {error}")))?;
    Ok(line.trim_end_matches(['\r', '\n']).into())
}
