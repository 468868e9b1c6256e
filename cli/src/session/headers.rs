//! Headers for every request, from flags and from a file. Their values are secrets, and not repeated in errors.

use nebula_explorer::SecretString;

use crate::error::CliError;
use crate::input;
use crate::session::settings::Setting;
use crate::session::values::Values;

/// Names and values.
pub type Headers = Vec<(String, SecretString)>;

/// The headers of the file first.
pub fn headers(values: &Values) -> Result<Headers, CliError> {
    let mut headers = Headers::new();
    if let Some(path) = values.get(Setting::HeaderFile) {
        let text = String::from_utf8(input::read(path)?);
        let text = text.map_err(|_| CliError::Usage(format!("{path}: the text is not UTF-8")))?;
        headers.extend(parse(path, &text)?);
    }
    if let Some(lines) = values.get(Setting::Header) {
        headers.extend(parse(&Setting::Header.name(), lines)?);
    }
    Ok(headers)
}

/// A header per line. Empty lines and those that begin with `#` are skipped.
fn parse(place: &str, text: &str) -> Result<Headers, CliError> {
    let lines = text.trim_start_matches('\u{feff}').lines().map(str::trim).enumerate();
    let lines = lines.filter(|(_, line)| !line.is_empty() && !line.starts_with('#'));
    lines
        .map(|(index, line)| {
            let header = line.split_once(':').map(|(name, value)| (name.trim(), value.trim()));
            let (name, value) = header
                .filter(|(name, _)| !name.is_empty())
                .ok_or_else(|| CliError::Usage(format!("{place}: line {} is not `NAME: VALUE`", index + 1)))?;
            Ok((name.to_string(), value.into()))
        })
        .collect()
}
