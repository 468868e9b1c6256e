//! The session: the account that signs in, and the token that it gets.

pub(crate) mod credentials;
#[allow(clippy::module_inception)]
pub(crate) mod session;
pub(crate) mod token;
pub(crate) mod wrapper;
