//! The graph algorithms.

mod algorithm;
mod centrality;
mod community;
mod error;
mod parameters;
mod path;
mod rows;
mod topology;

pub use algorithm::Algorithm;
pub use error::AlgorithmError;
pub use parameters::{Parameter, Params};
