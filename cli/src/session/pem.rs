//! Files in PEM, with the line of a mistake.

use crate::error::CliError;
use crate::input;

/// The text of a file that has at least one PEM section.
pub fn read(path: &str) -> Result<Vec<u8>, CliError> {
    let bytes = input::read(path)?;
    check(&String::from_utf8_lossy(&bytes)).map_err(|problem| CliError::Usage(format!("{path}: {problem}")))?;
    Ok(bytes)
}

fn check(text: &str) -> Result<(), String> {
    let mut section = None;
    let mut sections = 0;
    for (line, number) in text.lines().map(str::trim).zip(1..) {
        if line.starts_with("-----BEGIN ") {
            section = Some(number);
            sections += 1;
        } else if line.starts_with("-----END ") {
            section = None;
        } else if section.is_some() && !line.contains(':') && !line.bytes().all(is_base64) {
            return Err(format!("line {number} is not base64, as PEM requires"));
        }
    }
    match (section, sections) {
        (Some(begin), _) => Err(format!("the section that begins in line {begin} has no end")),
        (None, 0) => Err("there is nothing in PEM: no line begins with -----BEGIN".into()),
        (None, _) => Ok(()),
    }
}

fn is_base64(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || b"+/=".contains(&byte)
}
