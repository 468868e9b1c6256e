//! The native part of the Python package `nebula_explorer`: the SDK, the command and the emulator.
//!
//! Everything that waits is a [`call::Call`] or a [`call::Stream`], which Python code either runs to its end or awaits. The package's
//! Python part gives them names, signatures and types; it adds no logic.

// The macros of the binding need unsafe code.
#![deny(unsafe_code)]

mod batch;
mod call;
mod client;
mod command;
mod convert;
mod emulator;
mod error;
mod job;
mod logging;
mod options;
mod rows;
mod status;
mod watcher;

use nebula_explorer_cli::settings::STORE_VARIABLE;
use pyo3::prelude::*;

#[pymodule]
mod _native {
    #[pymodule_export]
    use crate::call::{Call, Stream};
    #[pymodule_export]
    use crate::client::{Client, JobList};
    #[pymodule_export]
    use crate::command::run_command;
    #[pymodule_export]
    use crate::emulator::{Emulator, emulator_account, emulator_graph_service, start_emulator};
    #[pymodule_export]
    use crate::rows::Rows;
    #[pymodule_export]
    use crate::status::{error_code, error_codes, job_status, job_statuses};
    #[pymodule_export]
    use crate::watcher::Watcher;

    use super::*;

    #[pymodule_init]
    fn init(module: &Bound<'_, PyModule>) -> PyResult<()> {
        module.add("store_variable", STORE_VARIABLE)?;
        module.add("__version__", env!("CARGO_PKG_VERSION"))
    }
}
