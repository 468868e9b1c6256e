//! What can be wrong with a request to run an algorithm.

use thiserror::Error;

use super::Algorithm;

/// Why an algorithm could not be run; the messages are meant for people.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
pub enum AlgorithmError {
    /// No algorithm has this name.
    #[error("there is no algorithm {0:?}")]
    UnknownAlgorithm(String),
    /// The algorithm has no parameter of this name.
    #[error("{algorithm} has no parameter {parameter:?}; it has {known}")]
    UnknownParameter {
        /// The algorithm that was to run.
        algorithm: Algorithm,
        /// The name that was given.
        parameter: String,
        /// The names there are, separated by commas.
        known: String,
    },
    /// A parameter without a default is not given.
    #[error("{algorithm} needs the parameter {parameter}")]
    MissingParameter {
        /// The algorithm that was to run.
        algorithm: Algorithm,
        /// The name of the missing parameter.
        parameter: &'static str,
    },
    /// The value of a parameter is not of the right kind.
    #[error("{parameter} of {algorithm} must be {expected}, not {value}")]
    WrongType {
        /// The algorithm that was to run.
        algorithm: Algorithm,
        /// The name of the parameter.
        parameter: &'static str,
        /// What the value should be.
        expected: &'static str,
        /// The value that was given, as JSON.
        value: String,
    },
    /// The value of a parameter is of the right kind but not one of those allowed.
    #[error("{parameter} of {algorithm} must be {allowed}, not {value}")]
    OutOfRange {
        /// The algorithm that was to run.
        algorithm: Algorithm,
        /// The name of the parameter.
        parameter: &'static str,
        /// The values allowed.
        allowed: String,
        /// The value that was given, as JSON.
        value: String,
    },
    /// A parameter names a vertex that the graph does not have.
    #[error("{parameter} of {algorithm} is {vid:?}, which is not a vertex of the graph")]
    UnknownVertex {
        /// The algorithm that was to run.
        algorithm: Algorithm,
        /// The name of the parameter.
        parameter: &'static str,
        /// The id that was given.
        vid: String,
    },
}
