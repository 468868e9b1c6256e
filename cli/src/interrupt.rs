//! Ctrl-C while waiting: the first is heard, the second ends the program at once.

use tokio::sync::watch;

/// Hears interrupts from when it is made.
pub struct Interrupts {
    heard: watch::Receiver<bool>,
}

/// How shells tell that a program was ended by an interrupt: 128 and the number of the signal.
const INTERRUPTED: i32 = 130;

impl Interrupts {
    pub fn listen() -> Self {
        let (sender, heard) = watch::channel(false);
        tokio::spawn(async move {
            // Where the signal cannot be listened to, it does what it does without us.
            if tokio::signal::ctrl_c().await.is_err() {
                return std::future::pending().await;
            }
            sender.send_replace(true);
            if tokio::signal::ctrl_c().await.is_ok() {
                std::process::exit(INTERRUPTED);
            }
        });
        Self { heard }
    }

    /// Comes back when there has been one.
    pub async fn first(&mut self) {
        if self.heard.wait_for(|heard| *heard).await.is_err() {
            std::future::pending().await
        }
    }
}
