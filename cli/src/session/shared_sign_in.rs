//! One sign-in for all commands that need it at the same time: each one opens a session in the graph service, which limits them.

use std::fs::File;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use nebula_explorer::{BoxFuture, Result, SecretString, Token};
use secrecy::ExposeSecret as _;
use tokio::task::spawn_blocking;
use tokio::time::{sleep, timeout};

use crate::session::locked_file;
use crate::session::secrets::Secrets;
use crate::session::token_store::TokenStore;

/// A sign-in, or the token that another command has got.
pub struct SharedSignIn {
    store: Arc<TokenStore>,
    /// The token that this command used last.
    used: Arc<Mutex<Option<SecretString>>>,
}

impl SharedSignIn {
    pub fn new(store: Arc<TokenStore>, used: Option<SecretString>) -> Self {
        Self { store, used: Arc::new(Mutex::new(used)) }
    }

    /// Signs in, unless another command has stored a newer token while this one waited for the lock.
    pub fn run(&self, sign_in: BoxFuture<'static, Result<Token>>) -> BoxFuture<'static, Result<Token>> {
        let (store, used) = (Arc::clone(&self.store), Arc::clone(&self.used));
        Box::pin(async move {
            // Released when it is dropped.
            let _lock = lock(&store).await;
            let last = used.lock().unwrap_or_else(PoisonError::into_inner).clone();
            let token = match newer(&store, last).await {
                Some(stored) => stored.session_token(),
                None => {
                    let token = sign_in.await?;
                    let (store, signed_in) = (Arc::clone(&store), token.clone());
                    // A keyring blocks. It only fails if the process is ending.
                    let _ = spawn_blocking(move || store.write(&signed_in)).await;
                    token
                }
            };
            used.lock().unwrap_or_else(PoisonError::into_inner).replace(token.secret().clone());
            Ok(token)
        })
    }
}

/// The token in the store, if it is valid and not the one that was used last.
async fn newer(store: &Arc<TokenStore>, used: Option<SecretString>) -> Option<Secrets> {
    let store = Arc::clone(store);
    let stored = spawn_blocking(move || store.read()).await.ok()?.ok()??;
    let is_used = used.is_some_and(|used| used.expose_secret() == stored.token.expose_secret());
    (!is_used && !stored.is_expired()).then_some(stored)
}

/// The lock for signing in. Without it after a while: another command may be stuck, and a sign-in too many is harmless.
async fn lock(store: &TokenStore) -> Option<File> {
    const PATIENCE: Duration = Duration::from_secs(60);
    const INTERVAL: Duration = Duration::from_millis(20);
    // Where no file can be opened, no token can be stored either, which is reported then.
    let file = locked_file::open_lock(&store.lock_path()?).ok()?;
    let locked = timeout(PATIENCE, async {
        while file.try_lock().is_err() {
            sleep(INTERVAL).await;
        }
    });
    locked.await.ok().map(|()| file)
}
