//! `explain_code`: the meaning of a code.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::commands::explain::{Explanation, explanations};
use crate::commands::mcp::tool::{Call, Effect, Tool};
use crate::error::CliError;

/// Explain an error code of the API or the number of a job status, in English and Chinese. Sends nothing.
#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct ExplainCode {
    code: i64,
}

/// The meanings of a code.
#[derive(Serialize, JsonSchema)]
pub struct Explanations {
    explanations: Vec<Explanation>,
}

impl Tool for ExplainCode {
    const NAME: &'static str = "explain_code";
    const COMMAND: &'static [&'static str] = &["explain"];
    const EFFECT: Effect = Effect::Nothing;
    type Output = Explanations;

    async fn call(self, _: &Call) -> Result<Explanations, CliError> {
        Ok(Explanations { explanations: explanations(self.code)? })
    }
}
