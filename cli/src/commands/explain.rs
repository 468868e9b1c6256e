//! What a code means.

use nebula_explorer::{ErrorCode, JobStatus};

use crate::error::CliError;
use crate::output::output::Output;
use crate::output::records::Explanation;

pub fn explain(code: i64, output: Output) -> Result<(), CliError> {
    let (error, status) = (ErrorCode::from(code), JobStatus::from(code));
    let known = [
        (error.name(), error.description(), error.description_zh()),
        (status.name(), status.description(), status.description_zh()),
    ];
    let found: Vec<Explanation> = known
        .into_iter()
        .filter_map(|(name, description, description_zh)| {
            let text = |text: Option<&str>| text.map(str::to_string);
            let (name, description, description_zh) = (text(name)?, text(description)?, text(description_zh)?);
            Some(Explanation { code, name, description, description_zh })
        })
        .collect();
    if found.is_empty() {
        return Err(CliError::Usage(format!(
            "the contract lists no code {code}. All of them: nebula-explorer contract"
        )));
    }
    output.all(found)
}
