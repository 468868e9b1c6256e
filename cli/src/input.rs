//! Input from files and from standard input, with a limit on its size.

use std::fmt::Display;
use std::fs::File;
use std::io::{BufRead as _, ErrorKind, Read, stdin};

use serde::de::DeserializeOwned;

use crate::error::CliError;

/// What standard input is called in errors.
pub const STDIN: &str = "standard input";

/// Some editors begin a text with it.
const BYTE_ORDER_MARK: &[u8] = "\u{feff}".as_bytes();

/// The JSON in a file; in standard input for `-`.
pub fn json<T: DeserializeOwned>(path: &str) -> Result<T, CliError> {
    match path {
        "-" => parse(STDIN, &read_limited(stdin().lock()).map_err(|error| invalid(STDIN, error))?),
        path => parse(path, &read(path)?),
    }
}

/// Parses JSON; `name` says in the error where it comes from. An integer that does not fit is rejected, not rounded.
pub fn parse<T: DeserializeOwned>(name: &str, json: &[u8]) -> Result<T, CliError> {
    let json = json.strip_prefix(BYTE_ORDER_MARK).unwrap_or(json);
    let parsed = serde_json::from_slice(json).map_err(|error| invalid(name, error))?;
    match large_integer(&String::from_utf8_lossy(json)) {
        Some(integer) => Err(invalid(name, format!("{integer} does not fit into 64 bits: write it as a string"))),
        None => Ok(parsed),
    }
}

/// The first integer in valid JSON that has more than 64 bits.
fn large_integer(json: &str) -> Option<&str> {
    let is_large = |text: &str| {
        let is_integer = text.bytes().all(|byte| byte.is_ascii_digit() || byte == b'-');
        !text.is_empty() && is_integer && text.parse::<i64>().is_err() && text.parse::<u64>().is_err()
    };
    let mut is_escaped = false;
    let mut quotes = json.split(|c| {
        let is_quote = c == '"' && !is_escaped;
        is_escaped = c == '\\' && !is_escaped;
        is_quote
    });
    // Every second part is the inside of a string.
    std::iter::from_fn(|| {
        let outside = quotes.next();
        quotes.next();
        outside
    })
    .flat_map(|outside| outside.split(|c: char| c.is_ascii_whitespace() || "[]{},:".contains(c)))
    .find(|text| is_large(text))
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
