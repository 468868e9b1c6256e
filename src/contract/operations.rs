//! The operations of the contract as data, for tools that route, validate or call operations by name.
//!
//! ```
//! use nebula_explorer::operations::{OPERATIONS, Security};
//!
//! let sign_in = OPERATIONS.iter().find(|operation| operation.security == Security::Account).unwrap();
//! assert_eq!(sign_in.id, "connect");
//! ```

include!(concat!(env!("OUT_DIR"), "/operations.rs"));

/// The contract itself: an OpenAPI 3.0.3 document in YAML.
pub const CONTRACT: &str = include_str!("../../openapi/explorer-workflow.yaml");

/// One operation of the contract.
///
/// ```
/// use nebula_explorer::operations::Operation;
///
/// let operation = Operation::find("get_job").unwrap();
/// assert_eq!(operation.method, "GET");
/// assert!(operation.is_repeatable());
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Operation {
    /// The `operationId`.
    pub id: &'static str,
    /// A short description.
    pub summary: &'static str,
    /// The HTTP method, in upper case.
    pub method: &'static str,
    /// The path from the root of the server, with its parameters in braces.
    pub path: &'static str,
    /// The authentication that the request requires.
    pub security: Security,
    /// The parameters in the path and in the query.
    pub parameters: &'static [Parameter],
}

impl Operation {
    /// The operation with this `operationId`.
    pub fn find(id: &str) -> Option<&'static Self> {
        OPERATIONS.iter().find(|operation| operation.id == id)
    }

    /// Whether sending it twice has the same effect as sending it once. Signing in again only creates another token; other
    /// operations are repeatable if their HTTP method is idempotent (RFC 9110, section 9.2.2).
    pub fn is_repeatable(&self) -> bool {
        self.security == Security::Account || matches!(self.method, "GET" | "PUT" | "DELETE")
    }

    /// The operation of a request: one of the contract, or the unlisted one with the same method.
    pub(crate) fn of_request(method: &str, path: &str) -> Option<&'static Self> {
        let path = path.split('?').next().unwrap_or(path);
        let named = OPERATIONS
            .iter()
            .find(|operation| operation.method.eq_ignore_ascii_case(method) && operation.matches(path));
        named.or_else(|| UNLISTED.iter().find(|operation| operation.method.eq_ignore_ascii_case(method)))
    }

    fn matches(&self, path: &str) -> bool {
        let same = |(template, part): (&str, &str)| template.starts_with('{') || template == part;
        self.path.split('/').count() == path.split('/').count() && self.path.split('/').zip(path.split('/')).all(same)
    }
}

/// The operations of paths outside the contract, one for each method.
static UNLISTED: [Operation; 5] =
    [unlisted("GET"), unlisted("POST"), unlisted("PUT"), unlisted("PATCH"), unlisted("DELETE")];

const fn unlisted(method: &'static str) -> Operation {
    Operation { id: UNLISTED_ID, summary: "", method, path: "", security: Security::Session, parameters: &[] }
}

/// The id of an operation that the contract does not list.
pub(crate) const UNLISTED_ID: &str = "request";

/// The authentication that a request requires.
///
/// ```
/// use nebula_explorer::operations::{OPERATIONS, Security};
///
/// let without_session = OPERATIONS.iter().filter(|operation| operation.security == Security::Account);
/// assert_eq!(without_session.count(), 1);
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Security {
    /// The account, in the header `Authorization`: this operation signs in.
    Account,
    /// The session's token, in the cookie [`SESSION_COOKIE`].
    Session,
}

/// One parameter of an operation.
///
/// ```
/// use nebula_explorer::operations::{Location, Operation};
///
/// let operation = Operation::find("get_job").unwrap();
/// let parameter = &operation.parameters[0];
/// assert!(parameter.required && parameter.location == Location::Path);
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Parameter {
    /// Its name in the path or in the query.
    pub name: &'static str,
    /// Whether it is part of the path or of the query.
    pub location: Location,
    /// Whether the request must have it.
    pub required: bool,
    /// Whether it is an integer.
    pub integer: bool,
    /// The value that the server uses if the parameter is missing.
    pub default: Option<i64>,
    /// The smallest value.
    pub minimum: Option<i64>,
}

/// Which part of the URL contains a parameter.
///
/// ```
/// use nebula_explorer::operations::{Location, Operation};
///
/// let operation = Operation::find("list_jobs").unwrap();
/// assert!(operation.parameters.iter().all(|parameter| parameter.location == Location::Query));
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Location {
    /// The path.
    Path,
    /// The query.
    Query,
}
