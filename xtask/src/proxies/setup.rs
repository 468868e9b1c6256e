//! What all scenarios have in common: an emulator, clients, and submissions that are accounted for.

use std::time::Duration;

use nebula_explorer::{Credentials, Explorer, OnUnknownOutcome};
use nebula_explorer_emulator::Emulator;

use crate::Outcome;
use crate::emulator::{ACCOUNT, GRAPH};
use crate::submissions::{self, CLIENTS, OWN_JOB, account, submit_all};

/// How many submissions each scenario makes.
const SUBMISSIONS: u32 = 300;

/// How many of them run at once.
const AT_ONCE: usize = 20;

/// How long a submission looks for its job if the response is lost.
const GRACE_PERIOD: Duration = Duration::from_secs(3);

/// What a scenario may lose.
#[derive(Clone, Copy, PartialEq)]
pub enum Expected {
    /// Every submission returns its job.
    NothingLost,
    /// Responses may be lost, and every submission is accounted for.
    Accounted,
}

/// An emulator on a free port.
pub async fn emulator() -> Outcome<Emulator> {
    Ok(submissions::with_workflows(Emulator::builder())?.start().await?)
}

/// Clients of an address, which trust these certificate authorities.
pub fn clients(url: &str, authorities: Option<&str>) -> Outcome<Vec<Explorer>> {
    let client = || {
        let account = Credentials::account(ACCOUNT.0, ACCOUNT.1);
        let mut builder = Explorer::builder(url).graph(GRAPH.0, GRAPH.1).credentials(account);
        if let Some(authorities) = authorities {
            builder = builder.certificate_authorities(authorities);
        }
        builder.build()
    };
    Ok((0..CLIENTS).map(|_| client()).collect::<Result<_, _>>()?)
}

/// Submits with all clients, and accounts for every submission.
pub async fn submit(what: &str, emulators: &[&Emulator], clients: &[Explorer], expected: Expected) -> Outcome {
    println!("{SUBMISSIONS} submissions: {what}");
    let before: usize = emulators.iter().map(|emulator| emulator.jobs()).sum();
    if before > 0 {
        return Err("the emulator has jobs of another scenario".into());
    }
    let reconcile = OnUnknownOutcome::Reconcile { grace_period: GRACE_PERIOD };
    let ends = submit_all(clients, SUBMISSIONS, AT_ONCE, reconcile).await;
    let counts = account(emulators, &ends)?;
    let own = counts.get(OWN_JOB).copied().unwrap_or(0);
    if expected == Expected::NothingLost && own != ends.len() {
        return Err(format!("{what}: only {own} of {} submissions returned their job", ends.len()).into());
    }
    Ok(())
}
