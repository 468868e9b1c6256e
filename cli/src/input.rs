//! What is read from files and from standard input, up to a size that a person may mean.

use std::fs::File;
use std::io::{BufRead as _, ErrorKind, Read, stdin};

use crate::failure::Failure;

/// The bytes of a file; of standard input for `-`.
pub fn read(path: &str) -> Result<Vec<u8>, Failure> {
    let bytes = match path {
        "-" => up_to_limit(stdin().lock()),
        path => File::open(path).and_then(up_to_limit),
    };
    bytes.map_err(|error| Failure::Usage(format!("{}: {error}", if path == "-" { "standard input" } else { path })))
}

/// The first line of standard input.
pub fn line() -> Result<String, Failure> {
    const LONGEST_LINE: u64 = 64 << 10;
    let mut line = String::new();
    let read = stdin().lock().take(LONGEST_LINE).read_line(&mut line);
    read.map_err(|error| Failure::Usage(format!("standard input: {error}")))?;
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
