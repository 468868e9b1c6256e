//! The session that all calls of one client share: one sign-in serves every call that waits for it.

use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use tokio::sync::OnceCell;

use crate::contract::code::ErrorCode;
use crate::error::Error;
use crate::session::credentials::Credentials;
use crate::session::token::Token;

/// The token that all calls of one client share.
pub(crate) struct Session {
    current: Mutex<Arc<SignIn>>,
    tickets: AtomicU64,
    /// Whether the server has accepted the account before.
    has_signed_in: AtomicBool,
}

/// One sign-in, in progress or finished. Every call that waits for it gets its outcome.
#[derive(Default)]
pub(crate) struct SignIn {
    outcome: OnceCell<Outcome>,
    /// The session that it renews: used as long as it is valid if this one fails.
    previous: Option<Token>,
    /// Whether the server rejected the token as soon as it was used: then another one does not help.
    rejected_when_new: AtomicBool,
}

impl SignIn {
    fn renewing(previous: Option<Token>) -> Arc<Self> {
        Arc::new(Self { previous, ..Self::default() })
    }

    /// Records that the server rejected the token although it was new.
    pub(crate) fn was_rejected_when_new(&self) {
        self.rejected_when_new.store(true, Ordering::Relaxed);
    }
}

struct Outcome {
    result: Result<Token, Error>,
    /// The next ticket when it finished: calls with an earlier one started before.
    finished_at: u64,
}

/// When a call started, in the order of calls.
#[derive(Clone, Copy)]
pub(crate) struct Ticket(u64);

impl Session {
    pub(crate) fn new(credentials: &Credentials) -> Self {
        let token = credentials.token.clone();
        let token = token.map(|secret| Token::without_expiry(secret, &credentials.other_cookies));
        let outcome = token.map(|token| Outcome { result: Ok(token), finished_at: 0 });
        Self {
            current: Mutex::new(Arc::new(SignIn { outcome: OnceCell::new_with(outcome), ..SignIn::default() })),
            tickets: AtomicU64::new(0),
            has_signed_in: AtomicBool::new(false),
        }
    }

    pub(crate) fn ticket(&self) -> Ticket {
        Ticket(self.tickets.fetch_add(1, Ordering::Relaxed))
    }

    /// The sign-in that a call uses: the one that returned the current token, the one in progress, or a new one.
    pub(crate) fn sign_in(&self, ticket: Ticket) -> Arc<SignIn> {
        let mut current = self.lock();
        let renewal = current.outcome.get().and_then(|outcome| match &outcome.result {
            Ok(token) => token.needs_renewal().then(|| SignIn::renewing(Some(token.clone()))),
            // A failure is the result of every call that started before it, and of no later one.
            Err(_) => (outcome.finished_at <= ticket.0).then(|| SignIn::renewing(None)),
        });
        if let Some(renewal) = renewal {
            *current = renewal;
        }
        Arc::clone(&current)
    }

    /// Whether a new sign-in may help after the server has rejected the token of `rejected`. A call that is not allowed is
    /// rejected like a session that is not valid, and must not sign in again each time.
    pub(crate) fn may_renew(&self, rejected: &SignIn, error: &Error) -> bool {
        let is_session = matches!(error, Error::Api(error) if error.code == ErrorCode::ErrSession);
        is_session || !rejected.rejected_when_new.load(Ordering::Relaxed)
    }

    /// As [`Session::sign_in`], after the server has rejected the token of `rejected`.
    pub(crate) fn sign_in_again(&self, rejected: &Arc<SignIn>, ticket: Ticket) -> Arc<SignIn> {
        {
            let mut current = self.lock();
            if Arc::ptr_eq(&current, rejected) {
                *current = SignIn::renewing(None);
            }
        }
        self.sign_in(ticket)
    }

    /// Runs the sign-in, unless it has finished or another call is running it. If that call is dropped, the next one that waits
    /// takes over.
    pub(crate) async fn outcome<F>(&self, sign_in: &SignIn, run: impl FnOnce() -> F) -> Result<Token, Error>
    where
        F: Future<Output = Result<Token, Error>>,
    {
        let outcome = sign_in.outcome.get_or_init(|| async {
            let result = self.renewed(sign_in, run().await);
            Outcome { result, finished_at: self.tickets.load(Ordering::Relaxed) }
        });
        outcome.await.result.clone()
    }

    /// The result of a sign-in. If a renewal fails, the previous token is used for as long as it is valid, unless the account is
    /// rejected.
    fn renewed(&self, sign_in: &SignIn, result: Result<Token, Error>) -> Result<Token, Error> {
        let mut error = match result {
            Ok(token) => {
                self.has_signed_in.store(true, Ordering::Relaxed);
                return Ok(token);
            }
            Err(error) => error,
        };
        if let Error::SignInFailed(error) = &mut error {
            error.is_renewal = self.has_signed_in.load(Ordering::Relaxed);
        }
        match &sign_in.previous {
            Some(previous) if error.is_transient() && !previous.has_expired() => Ok(previous.renewed_later()),
            _ => Err(error),
        }
    }

    /// The current token, if there is one.
    pub(crate) fn token(&self) -> Option<Token> {
        let current = self.lock();
        match current.outcome.get() {
            Some(outcome) => outcome.result.as_ref().ok().cloned(),
            None => current.previous.clone(),
        }
    }

    fn lock(&self) -> MutexGuard<'_, Arc<SignIn>> {
        self.current.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
