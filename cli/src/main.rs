//! The program `nebula-explorer`.

use std::process::ExitCode;

fn main() -> ExitCode {
    ExitCode::from(nebula_explorer_cli::run(std::env::args_os()))
}
