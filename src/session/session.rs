//! The session that all calls of one client share: one sign-in serves every call that waits for it.

use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use secrecy::SecretString;
use tokio::sync::OnceCell;

use crate::error::Error;
use crate::session::token::Token;

/// The token that all calls of one client share.
pub(crate) struct Session {
    current: Mutex<Arc<SignIn>>,
    tickets: AtomicU64,
}

/// One sign-in, in progress or finished. Every call that waits for it gets its outcome.
#[derive(Default)]
pub(crate) struct SignIn {
    outcome: OnceCell<Outcome>,
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
    pub(crate) fn new(token: Option<SecretString>) -> Self {
        let outcome = token.map(|secret| Outcome { result: Ok(Token::without_expiry(secret)), finished_at: 0 });
        Self {
            current: Mutex::new(Arc::new(SignIn { outcome: OnceCell::new_with(outcome) })),
            tickets: AtomicU64::new(0),
        }
    }

    pub(crate) fn ticket(&self) -> Ticket {
        Ticket(self.tickets.fetch_add(1, Ordering::Relaxed))
    }

    /// The sign-in that a call uses: the one that returned the current token, the one in progress, or a new one.
    pub(crate) fn sign_in(&self, ticket: Ticket) -> Arc<SignIn> {
        let mut current = self.lock();
        let renew = current.outcome.get().is_some_and(|outcome| match &outcome.result {
            Ok(token) => token.needs_renewal(),
            // A failure is the result of every call that started before it, and of no later one.
            Err(_) => outcome.finished_at <= ticket.0,
        });
        if renew {
            *current = Arc::default();
        }
        Arc::clone(&current)
    }

    /// As [`Session::sign_in`], after the server has rejected the token of `rejected`.
    pub(crate) fn sign_in_again(&self, rejected: &Arc<SignIn>, ticket: Ticket) -> Arc<SignIn> {
        {
            let mut current = self.lock();
            if Arc::ptr_eq(&current, rejected) {
                *current = Arc::default();
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
            let result = run().await;
            Outcome { result, finished_at: self.tickets.load(Ordering::Relaxed) }
        });
        outcome.await.result.clone()
    }

    /// The current token, if there is one.
    pub(crate) fn token(&self) -> Option<Token> {
        self.lock().outcome.get()?.result.as_ref().ok().cloned()
    }

    fn lock(&self) -> MutexGuard<'_, Arc<SignIn>> {
        self.current.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
