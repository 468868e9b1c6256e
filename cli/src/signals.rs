//! Signals that ask the program to end.

/// The signals since [`Signals::listen`]. While it exists they do not end the program by themselves.
pub struct Signals {
    #[cfg(unix)]
    received: Vec<(i32, tokio::signal::unix::Signal)>,
}

/// The exit code that shells use for a program ended by a signal.
pub fn exit_code(signal: i32) -> i32 {
    128 + signal
}

/// The number of the signal that Ctrl-C sends.
pub const INTERRUPT: i32 = 2;

#[cfg(unix)]
impl Signals {
    /// A signal that is ignored stays ignored: `nohup` and shells that start a program in the background do that.
    pub fn listen() -> Self {
        use tokio::signal::unix::{SignalKind, signal};
        let kinds = [SignalKind::interrupt(), SignalKind::terminate(), SignalKind::hangup()];
        let ignored = ignored();
        let listened = kinds.into_iter().filter(|kind| ignored & (1 << (kind.as_raw_value() - 1)) == 0);
        // One that cannot be handled has its default effect.
        Self { received: listened.filter_map(|kind| Some((kind.as_raw_value(), signal(kind).ok()?))).collect() }
    }

    /// The number of the next signal.
    pub async fn next(&mut self) -> i32 {
        let all = self.received.iter_mut().map(|(number, signal)| {
            Box::pin(async move {
                match signal.recv().await {
                    Some(()) => *number,
                    None => std::future::pending().await,
                }
            })
        });
        let all: Vec<_> = all.collect();
        if all.is_empty() {
            return std::future::pending().await;
        }
        futures_util::future::select_all(all).await.0
    }
}

#[cfg(not(unix))]
impl Signals {
    pub fn listen() -> Self {
        Self {}
    }

    /// The number of the next signal.
    pub async fn next(&mut self) -> i32 {
        match tokio::signal::ctrl_c().await {
            Ok(()) => INTERRUPT,
            Err(_) => std::future::pending().await,
        }
    }
}

/// The ignored signals as bits, from 1 on. Only Linux tells them without unsafe code; elsewhere none counts as ignored.
#[cfg(unix)]
fn ignored() -> u64 {
    let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    let mask = status.lines().find_map(|line| line.strip_prefix("SigIgn:"));
    mask.and_then(|mask| u64::from_str_radix(mask.trim(), 16).ok()).unwrap_or_default()
}
