//! `explain`: the meaning of a code.

use nebula_explorer::{ErrorCode, JobStatus};
use schemars::JsonSchema;
use serde::Serialize;

use crate::commands::context::{Context, Schemas};
use crate::commands::execute::{self, Execute};
use crate::error::CliError;
use crate::output::records::Record;
use crate::output::time::Times;

/// Explain an error code or the number of a job status, in English and Chinese
#[derive(clap::Args)]
pub struct Arguments {
    /// Error code, such as 40104001, or number of a job status
    #[arg(allow_negative_numbers = true)]
    code: i64,
}

impl Execute for Arguments {
    fn schemas(name: &'static str) -> Schemas {
        execute::json::<Vec<Explanation>>(name)
    }

    async fn run(self, context: &Context) -> Result<(), CliError> {
        context.output.all(explanations(self.code)?)
    }
}

/// What the contract lists under a code.
pub fn explanations(code: i64) -> Result<Vec<Explanation>, CliError> {
    let (error, status) = (ErrorCode::from(code), JobStatus::from(code));
    let listed = [
        (error.name(), error.description(), error.description_zh()),
        (status.name(), status.description(), status.description_zh()),
    ];
    let explanations: Vec<Explanation> = listed
        .into_iter()
        .filter_map(|(name, description, description_zh)| {
            Some(Explanation { code, name: name?, description: description?, description_zh: description_zh? })
        })
        .collect();
    if explanations.is_empty() {
        return Err(CliError::Usage(format!(
            "the contract does not list code {code}. To see all codes: nebula-explorer contract"
        )));
    }
    Ok(explanations)
}

/// The meaning of a code.
#[derive(Serialize, JsonSchema)]
pub struct Explanation {
    code: i64,
    name: &'static str,
    description: &'static str,
    description_zh: &'static str,
}

impl Record for Explanation {
    const HEAD: &'static [&'static str] = &["CODE", "NAME", "MEANING", "含义"];

    fn cells(&self, _: Times) -> Vec<String> {
        let texts = [self.name, self.description, self.description_zh].map(str::to_string);
        [vec![self.code.to_string()], texts.into()].concat()
    }
}
