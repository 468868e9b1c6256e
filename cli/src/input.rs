//! What is read from files and from standard input, up to a size that a person may mean.

use std::fmt::Display;
use std::fs::File;
use std::io::{BufRead as _, ErrorKind, Read, stdin};

use serde::de::DeserializeOwned;

use crate::error::CliError;

/// The JSON in a file; in standard input for `-`.
pub fn json<T: DeserializeOwned>(path: &str) -> Result<T, CliError> {
    match path {
        "-" => parse("standard input", &up_to_limit(stdin().lock()).map_err(|error| wrong("standard input", error))?),
        path => parse(path, &read(path)?),
    }
}

/// JSON, or what is wrong with it, under the name of where it comes from.
pub fn parse<T: DeserializeOwned>(name: &str, json: &[u8]) -> Result<T, CliError> {
    serde_json::from_slice(json).map_err(|error| wrong(name, error))
}

/// The bytes of a file.
pub fn read(path: &str) -> Result<Vec<u8>, CliError> {
    File::open(path).and_then(up_to_limit).map_err(|error| wrong(path, error))
}

/// The first line of standard input.
pub fn line() -> Result<String, CliError> {
    const LONGEST_LINE: u64 = 64 << 10;
    let mut line = String::new();
    let read = stdin().lock().take(LONGEST_LINE).read_line(&mut line);
    read.map_err(|error| wrong("standard input", error))?;
    Ok(line)
}

fn up_to_limit(file: impl Read) -> std::io::Result<Vec<u8>> {
    const LARGEST: u64 = 64 << 20;
    let mut bytes = Vec::new();
    if file.take(LARGEST + 1).read_to_end(&mut bytes)? as u64 > LARGEST {
        return Err(ErrorKind::FileTooLarge.into());
    }
    Ok(bytes)
}

fn wrong(name: &str, error: impl Display) -> CliError {
    CliError::Usage(format!("{name}: {error}"))
}
