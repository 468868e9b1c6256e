//! Signals while waiting: the first is reported to the command, the second exits immediately.

use tokio::sync::watch;

use crate::signals::{self, Signals};

/// The interrupts since [`Interrupts::listen`]: Ctrl-C, SIGTERM, and SIGHUP.
pub struct Interrupts {
    received: watch::Receiver<bool>,
}

impl Interrupts {
    pub fn listen() -> Self {
        let (sender, received) = watch::channel(false);
        let mut signals = Signals::listen();
        tokio::spawn(async move {
            signals.next().await;
            sender.send_replace(true);
            std::process::exit(signals::exit_code(signals.next().await));
        });
        Self { received }
    }

    /// Waits for the first interrupt; returns immediately if there was one.
    pub async fn first(&mut self) {
        if self.received.wait_for(|received| *received).await.is_err() {
            std::future::pending().await
        }
    }
}
