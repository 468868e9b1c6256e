//! Input from files and from standard input, with a limit on its size.

use std::fmt::Display;
use std::fs::File;
use std::io::{BufRead as _, ErrorKind, Read, stdin};

use serde::de::DeserializeOwned;

use crate::error::CliError;

const STDIN: &str = "standard input";

/// The JSON in a file; in standard input for `-`.
pub fn json<T: DeserializeOwned>(path: &str) -> Result<T, CliError> {
    match path {
        "-" => parse(STDIN, &read_limited(stdin().lock()).map_err(|error| invalid(STDIN, error))?),
        path => parse(path, &read(path)?),
    }
}

/// Parses JSON; `name` says in the error where it comes from.
pub fn parse<T: DeserializeOwned>(name: &str, json: &[u8]) -> Result<T, CliError> {
    serde_json::from_slice(json).map_err(|error| invalid(name, error))
}

/// The bytes of a file.
pub fn read(path: &str) -> Result<Vec<u8>, CliError> {
    File::open(path).and_then(read_limited).map_err(|error| invalid(path, error))
}

/// The first line of standard input.
pub fn line() -> Result<String, CliError> {
    const MAX_BYTES: u64 = 64 << 10;
    let mut line = String::new();
    let read = stdin().lock().take(MAX_BYTES).read_line(&mut line);
    read.map_err(|error| invalid(STDIN, error))?;
    Ok(line)
}

fn read_limited(file: impl Read) -> std::io::Result<Vec<u8>> {
    const MAX_BYTES: u64 = 64 << 20;
    let mut bytes = Vec::new();
    if file.take(MAX_BYTES + 1).read_to_end(&mut bytes)? as u64 > MAX_BYTES {
        return Err(ErrorKind::FileTooLarge.into());
    }
    Ok(bytes)
}

fn invalid(name: &str, error: impl Display) -> CliError {
    CliError::Usage(format!("{name}: {error}"))
}
