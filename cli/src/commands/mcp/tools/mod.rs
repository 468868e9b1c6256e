//! The tools, each in a file of its own.

mod cancel_job;
mod explain_code;
mod get_job;
mod list_jobs;
mod list_submissions;
mod read_rows;
mod run_workflow;
mod wait_for_job;

use rmcp::model::{JsonObject, Tool as Definition};
use serde_json::Value;

use crate::commands::mcp::tool::{self, Call, Tool};
use crate::error::CliError;

/// Declares the list of tools.
macro_rules! tools {
    ($($tool:ty,)*) => {
        /// The tools as the protocol describes them.
        pub fn definitions(command_line: &clap::Command) -> Vec<Definition> {
            vec![$(tool::definition::<$tool>(command_line)),*]
        }

        /// Calls the tool with this name; `None` if there is none.
        pub async fn call(name: &str, arguments: JsonObject, call: &Call) -> Option<Result<Value, CliError>> {
            match name {
                $(<$tool as Tool>::NAME => Some(tool::call::<$tool>(arguments, call).await),)*
                _ => None,
            }
        }
    };
}

// In the order of a session.
tools! {
    list_jobs::ListJobs,
    get_job::GetJob,
    run_workflow::RunWorkflow,
    wait_for_job::WaitForJob,
    read_rows::ReadRows,
    cancel_job::CancelJob,
    list_submissions::ListSubmissions,
    explain_code::ExplainCode,
}
