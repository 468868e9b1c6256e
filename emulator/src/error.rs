//! The error of the emulator's configuration.

use std::net::SocketAddr;

use crate::engine::graph::GraphError;

/// Why an emulator could not be started, or a setting was rejected.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum EmulatorError {
    /// The address cannot be listened on.
    #[error("cannot listen on {address}: {source}. Is another program listening there?")]
    Listen {
        /// The address.
        address: SocketAddr,
        /// The error of the operating system.
        source: std::io::Error,
    },
    /// The speed is not a positive number.
    #[error("the speed must be a number greater than 0, not {0}")]
    Speed(f64),
    /// A fault rule is invalid.
    #[error("{0}")]
    Fault(String),
    /// A workflow is invalid.
    #[error("{0}")]
    Workflow(String),
    /// A graph is invalid.
    #[error("cannot read the graph: {0}")]
    Graph(#[from] GraphError),
    /// A configuration file is unreadable or invalid.
    #[error("{file}: {problem}")]
    File {
        /// The path of the file.
        file: String,
        /// What is wrong with it.
        problem: String,
    },
}
