//! What the caller runs around every sign-in.

use std::fmt;
use std::sync::Arc;

use futures_util::future::BoxFuture;

use crate::error::Error;
use crate::session::token::Token;

/// A sign-in, which sends nothing until it is awaited.
pub(crate) type SignInFuture = BoxFuture<'static, Result<Token, Error>>;

/// See [`ExplorerBuilder::wrap_sign_in`](crate::ExplorerBuilder::wrap_sign_in).
#[derive(Clone)]
pub(crate) struct SignInWrapper(Arc<dyn Fn(SignInFuture) -> SignInFuture + Send + Sync>);

impl SignInWrapper {
    pub(crate) fn new(wrap: impl Fn(SignInFuture) -> SignInFuture + Send + Sync + 'static) -> Self {
        Self(Arc::new(wrap))
    }

    pub(crate) fn run(&self, sign_in: SignInFuture) -> SignInFuture {
        (self.0)(sign_in)
    }
}

impl fmt::Debug for SignInWrapper {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("SignInWrapper").finish_non_exhaustive()
    }
}
