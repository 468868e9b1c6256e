//! Ctrl-C while waiting: the first is reported to the command, the second exits immediately.

use tokio::sync::watch;

/// The interrupts since [`Interrupts::listen`].
pub struct Interrupts {
    received: watch::Receiver<bool>,
}

/// The exit code that shells use for a program ended by SIGINT: 128 plus the number of the signal.
const INTERRUPTED: i32 = 130;

impl Interrupts {
    pub fn listen() -> Self {
        let (sender, received) = watch::channel(false);
        tokio::spawn(async move {
            // Without a handler the signal has its default effect.
            if tokio::signal::ctrl_c().await.is_err() {
                return std::future::pending().await;
            }
            sender.send_replace(true);
            if tokio::signal::ctrl_c().await.is_ok() {
                std::process::exit(INTERRUPTED);
            }
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
