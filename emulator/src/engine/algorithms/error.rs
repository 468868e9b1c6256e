//! The errors of running an algorithm.

use thiserror::Error;

/// Why an algorithm could not be run.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
#[non_exhaustive]
pub enum AlgorithmError {
    /// No algorithm has this name.
    #[error("there is no algorithm {0:?}")]
    UnknownAlgorithm(String),
    /// The algorithm has no parameter of this name.
    #[error("{algorithm} has no parameter {parameter:?}; it has {known}")]
    UnknownParameter {
        /// The name of the algorithm.
        algorithm: &'static str,
        /// The unknown name.
        parameter: String,
        /// The known names, separated by commas.
        known: String,
    },
    /// A parameter without a default is missing.
    #[error("{algorithm} needs the parameter {parameter}")]
    MissingParameter {
        /// The name of the algorithm.
        algorithm: &'static str,
        /// The name of the missing parameter.
        parameter: &'static str,
    },
    /// The value of a parameter has the wrong type.
    #[error("{parameter} of {algorithm} must be {expected}, not {value}")]
    WrongType {
        /// The name of the algorithm.
        algorithm: &'static str,
        /// The name of the parameter.
        parameter: &'static str,
        /// The expected type.
        expected: &'static str,
        /// The value, as JSON.
        value: String,
    },
    /// The value of a parameter has the right type but is not allowed.
    #[error("{parameter} of {algorithm} must be {allowed}, not {value}")]
    OutOfRange {
        /// The name of the algorithm.
        algorithm: &'static str,
        /// The name of the parameter.
        parameter: &'static str,
        /// The allowed values.
        allowed: String,
        /// The value, as JSON.
        value: String,
    },
    /// A parameter refers to a vertex that the graph does not contain.
    #[error("{parameter} of {algorithm} is {vid:?}, which is not a vertex of the graph")]
    UnknownVertex {
        /// The name of the algorithm.
        algorithm: &'static str,
        /// The name of the parameter.
        parameter: &'static str,
        /// The unknown id.
        vid: String,
    },
}
