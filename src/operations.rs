//! The operations of the contract as data: for tools that route, check or call by name.
//!
//! ```
//! use nebula_explorer::operations::{OPERATIONS, Security};
//!
//! let sign_in = OPERATIONS.iter().find(|operation| operation.security == Security::Account).unwrap();
//! assert_eq!(sign_in.id, "connect");
//! ```

pub use crate::generated::{CONTRACT_VERSION, DEFAULT_PORT, OPERATIONS, SESSION_COOKIE, defaults, parameters};

/// The contract itself: an OpenAPI 3.0.3 document in YAML.
pub const CONTRACT: &str = include_str!("../openapi/explorer-workflow.yaml");

/// One operation of the contract.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Operation {
    /// The `operationId`.
    pub id: &'static str,
    /// What it does, in a few words.
    pub summary: &'static str,
    /// The HTTP method, in capitals.
    pub method: &'static str,
    /// The path from the root of the server, with its parameters in braces.
    pub path: &'static str,
    /// What the request must bear.
    pub security: Security,
    /// The parameters in the path and in the query.
    pub parameters: &'static [Parameter],
}

impl Operation {
    /// The operation with this `operationId`.
    pub fn find(id: &str) -> Option<&'static Self> {
        OPERATIONS.iter().find(|operation| operation.id == id)
    }

    /// Whether sending it twice does no more than sending it once. Signing in only makes another token; of the others, those
    /// are repeatable that are idempotent by their HTTP method (RFC 9110, section 9.2.2).
    pub fn is_repeatable(&self) -> bool {
        self.security == Security::Account || matches!(self.method, "GET" | "PUT" | "DELETE")
    }

    /// The operation that a request makes: one of the contract, or a nameless one of the same method.
    pub(crate) fn of_request(method: &str, path: &str) -> Option<&'static Self> {
        let path = path.split('?').next().unwrap_or(path);
        let named =
            OPERATIONS.iter().find(|operation| operation.method.eq_ignore_ascii_case(method) && operation.has(path));
        named.or_else(|| NAMELESS.iter().find(|operation| operation.method.eq_ignore_ascii_case(method)))
    }

    fn has(&self, path: &str) -> bool {
        let same = |(template, part): (&str, &str)| template.starts_with('{') || template == part;
        self.path.split('/').count() == path.split('/').count() && self.path.split('/').zip(path.split('/')).all(same)
    }
}

/// What is not in the contract.
static NAMELESS: [Operation; 5] =
    [nameless("GET"), nameless("POST"), nameless("PUT"), nameless("PATCH"), nameless("DELETE")];

const fn nameless(method: &'static str) -> Operation {
    Operation { id: "request", summary: "", method, path: "", security: Security::Session, parameters: &[] }
}

/// What a request must bear.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Security {
    /// The account, in the header `Authorization`: this operation signs in.
    Account,
    /// The session's token, in the cookie [`SESSION_COOKIE`].
    Session,
}

/// One parameter of an operation.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Parameter {
    /// Its name in the path or in the query.
    pub name: &'static str,
    /// Where it stands.
    pub location: Location,
    /// Whether it may be left out.
    pub required: bool,
    /// Whether it is an integer.
    pub integer: bool,
    /// The value that stands for a parameter that is left out.
    pub default: Option<i64>,
    /// The smallest value.
    pub minimum: Option<i64>,
}

/// Where a parameter stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Location {
    /// In the path.
    Path,
    /// In the query.
    Query,
}
