//! `cargo xtask stores`: idempotency keys on a real PostgreSQL server, which is also stopped, restarted and filled.

use std::fs;
use std::sync::Arc;
use std::thread::sleep;
use std::time::Duration;

use duct::cmd;
use nebula_explorer::{Credentials, Error, Explorer, SqlStore};
use nebula_explorer_emulator::{Emulator, Fault, FaultRule};
use tokio::runtime::Runtime;

use crate::Outcome;
use crate::authority::write_certificate;
use crate::emulator::{ACCOUNT, GRAPH};
use crate::postgres::{PASSWORD, Postgres};
use crate::process::announce;
use crate::sample::WORKFLOW;

/// How many submissions the table has when the queries are checked.
const ROWS: u32 = 1_000_000;

/// Runs the tests of the SDK that need PostgreSQL, and what a test cannot do: stopping the server, and reading its statistics.
pub fn check() -> Outcome {
    let postgres = Postgres::start()?;
    announce("the tests of idempotency keys");
    let cargo = std::env::var("CARGO").unwrap_or_else(|_| "cargo".into());
    let tests = ["idempotency", "idempotency_crashes", "idempotency_killed"].map(|test| ["--test", test]);
    let arguments = ["test", "--package", "nebula-explorer"].into_iter().chain(tests.into_iter().flatten());
    cmd(cargo, arguments.chain(["--", "--ignored"])).env("NEBULA_EXPLORER_TEST_POSTGRES", postgres.url()).run()?;
    let runtime = Runtime::new()?;
    runtime.block_on(restart(&postgres))?;
    runtime.block_on(round_trips(&postgres))?;
    runtime.block_on(large_table(&postgres))?;
    runtime.block_on(encrypted(&postgres))
}

fn client(emulator: &Emulator, store: String) -> Outcome<Explorer> {
    let (user, password) = ACCOUNT;
    let (address, port) = GRAPH;
    let builder = Explorer::builder(emulator.url()).graph(address, port);
    let builder = builder.credentials(Credentials::account(user, password));
    Ok(builder.submission_store(Arc::new(SqlStore::new(store)?)).build()?)
}

/// A server that is stopped prevents requests, and one that comes back is used again.
async fn restart(postgres: &Postgres) -> Outcome {
    announce("stop and restart PostgreSQL");
    let emulator = Emulator::builder().start().await?;
    let explorer = client(&emulator, postgres.url())?;
    let run = |key: &'static str| explorer.workflow(WORKFLOW).run().idempotency_key(key);
    let first = run("before").await?;
    postgres.stop()?;
    match run("while it is stopped").await {
        Err(Error::SubmissionStore { job_id: None, .. }) => {}
        outcome => return Err(format!("with PostgreSQL stopped: {outcome:?}").into()),
    }
    let waiting = tokio::spawn(run("while it starts").into_future());
    tokio::task::block_in_place(|| sleep(Duration::from_secs(1)));
    postgres.restart()?;
    waiting.await??;
    if run("before").await?.id() != first.id() || emulator.jobs() != 2 {
        return Err(format!("after a restart there are {} jobs instead of 2", emulator.jobs()).into());
    }
    Ok(())
}

/// How many statements a submission consists of, each of which is a round trip and a transaction.
async fn round_trips(postgres: &Postgres) -> Outcome {
    const SUBMISSIONS: u32 = 200;
    const STATEMENTS: f64 = 3.0;
    announce("the statements of a submission");
    let transactions = || -> Outcome<f64> {
        let committed = "SELECT xact_commit FROM pg_stat_database WHERE datname = current_database()";
        Ok(postgres.query(committed)?.trim().parse()?)
    };
    let emulator = Emulator::builder().start().await?;
    let before = transactions()?;
    let explorer = client(&emulator, postgres.url())?;
    for number in 0..SUBMISSIONS {
        explorer.workflow(WORKFLOW).run().idempotency_key(format!("statements {number}")).await?;
    }
    // The statistics of a connection are complete when it is closed.
    drop(explorer);
    tokio::time::sleep(Duration::from_secs(2)).await;
    let statements = (transactions()? - before) / f64::from(SUBMISSIONS);
    println!("{statements:.1} statements");
    // Opening the store takes some as well.
    if (STATEMENTS - 0.1..STATEMENTS + 0.3).contains(&statements) {
        Ok(())
    } else {
        Err("that is not as documented".into())
    }
}

/// No statement of a submission reads the whole table.
async fn large_table(postgres: &Postgres) -> Outcome {
    announce(&format!("a submission in a table with {ROWS} others"));
    postgres.query(&format!(
        "INSERT INTO submissions SELECT md5(n::text), 'http://localhost:7002', n % 1000, 'key-' || n, 1, '0', 'recorded', n, \
         NULL, 'owner', 1, n, n FROM generate_series(1, {ROWS}) n; ANALYZE submissions"
    ))?;
    let scans = "SELECT seq_scan FROM pg_stat_user_tables WHERE relname = 'submissions'";
    let emulator = Emulator::builder().start().await?;
    let explorer = client(&emulator, postgres.url())?;
    let run = |key: &'static str| explorer.workflow(WORKFLOW).run().idempotency_key(key);
    // Opens the store, which reads the table of migrations.
    run("opened").await?;
    let before = postgres.query(scans)?;
    emulator.set_faults(vec![FaultRule::new(Fault::DropAfter).operation("run_workflow").times(1)])?;
    run("lost and found").await?;
    run("lost and found").await?;
    // The statistics of a connection are written with a delay.
    tokio::time::sleep(Duration::from_secs(2)).await;
    let after = postgres.query(scans)?;
    if before == after { Ok(()) } else { Err(format!("{before} scans of the table before, {after} after").into()) }
}

/// The connection is encrypted, and a server with another certificate than the expected one is not used.
async fn encrypted(postgres: &Postgres) -> Outcome {
    announce("PostgreSQL with TLS");
    let folder = tempfile::tempdir()?;
    let (own, other) = (folder.path().join("own.pem"), folder.path().join("other.pem"));
    fs::write(&own, postgres.restart_with_tls()?)?;
    fs::write(&other, write_certificate(folder.path(), &["localhost"])?)?;
    let emulator = Emulator::builder().start().await?;
    for (host, authority, is_trusted) in
        [("localhost", &own, true), ("127.0.0.1", &own, false), ("localhost", &other, false)]
    {
        let explorer = client(&emulator, postgres.url_with_tls(host, authority))?;
        let outcome =
            explorer.workflow(WORKFLOW).run().idempotency_key(format!("{host} {}", authority.display())).await;
        let said = format!("{outcome:?}");
        let is_expected = match outcome {
            Ok(_) => is_trusted,
            Err(Error::SubmissionStore { job_id: None, .. }) => {
                !is_trusted && said.contains("certificate is rejected") && !said.contains(PASSWORD)
            }
            Err(_) => false,
        };
        if !is_expected {
            return Err(format!("{host} with {}: {said}", authority.display()).into());
        }
    }
    if emulator.jobs() == 1 { Ok(()) } else { Err(format!("{} jobs instead of 1", emulator.jobs()).into()) }
}
