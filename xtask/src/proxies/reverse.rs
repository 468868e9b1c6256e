//! Reverse proxies and load balancers in front of Explorer.

use std::fs;
use std::time::Duration;

use duct::cmd;
use futures_util::future::join_all;
use nebula_explorer::{Error, Explorer, RetryPolicy};
use nebula_explorer_emulator::{Emulator, Fault, FaultRule};

use crate::Outcome;
use crate::authority::write_certificate;
use crate::proxies::configuration;
use crate::proxies::program::{Program, free_addresses};
use crate::proxies::setup::{Expected, clients, emulator, submit};
use crate::tools;

/// nginx with all its servers, in front of one emulator.
pub struct Nginx {
    pub emulator: Emulator,
    pub authority: String,
    /// The ports of its servers, in the order of the configuration.
    pub ports: [u16; 5],
    folder: tempfile::TempDir,
    _program: Program,
}

impl Nginx {
    pub async fn start() -> Outcome<Self> {
        let program = tools::debian("nginx", "nginx")?;
        let folder = tempfile::tempdir()?;
        let authority = write_certificate(folder.path(), &["localhost", "explorer.test"])?;
        let emulator = emulator().await?;
        let addresses = free_addresses::<5>()?;
        let configured = ["127.0.0.1:8001", "127.0.0.1:8002", "127.0.0.1:8003", "127.0.0.1:8004", "127.0.0.1:8005"];
        let mut replaced: Vec<_> = configured.into_iter().zip(addresses).collect();
        replaced.push(("127.0.0.1:7002", emulator.address()));
        let configuration = configuration::write("nginx.conf", folder.path(), &replaced)?;
        let command = cmd!(program, "-p", folder.path(), "-c", configuration, "-e", "error.log");
        let _program = Program::start("nginx", &command, &addresses)?;
        Ok(Self { emulator, authority, ports: addresses.map(|address| address.port()), folder, _program })
    }

    /// How many requests to a server of nginx have a line in its log of which this holds, by status and compression.
    fn logged(&self, port: u16, holds: impl Fn(&str, &str) -> bool) -> Outcome<usize> {
        let log = fs::read_to_string(self.folder.path().join("access.log"))?;
        let port = port.to_string();
        let columns = log.lines().map(|line| line.split(' ').collect::<Vec<_>>());
        Ok(columns.filter(|line| matches!(line[..], [at, status, gzip] if at == port && holds(status, gzip))).count())
    }
}

pub async fn nginx() -> Outcome {
    under_sub_path(&Nginx::start().await?).await?;
    with_private_authority(&Nginx::start().await?).await?;
    with_short_connections(&Nginx::start().await?).await?;
    with_rate_limit(&Nginx::start().await?).await?;
    with_restarts(&Nginx::start().await?).await
}

async fn under_sub_path(nginx: &Nginx) -> Outcome {
    let port = nginx.ports[0];
    let clients = clients(&format!("http://127.0.0.1:{port}/explorer"), None)?;
    submit("under a sub-path, compressed", &[&nginx.emulator], &clients, Expected::NothingLost).await?;
    require(nginx.logged(port, |_, gzip| gzip != "-")? > 0, "no response was compressed")
}

async fn with_private_authority(nginx: &Nginx) -> Outcome {
    let clients = clients(&format!("https://localhost:{}", nginx.ports[1]), Some(&nginx.authority))?;
    submit("HTTPS with a private authority", &[&nginx.emulator], &clients, Expected::NothingLost).await
}

async fn with_short_connections(nginx: &Nginx) -> Outcome {
    let clients = clients(&format!("http://127.0.0.1:{}", nginx.ports[2]), None)?;
    submit("connections closed as soon as they are idle", &[&nginx.emulator], &clients, Expected::NothingLost).await
}

async fn with_rate_limit(nginx: &Nginx) -> Outcome {
    let port = nginx.ports[3];
    // Patient enough for all to get through, however fast this machine is.
    let retry = RetryPolicy::builder().max_attempts(20).build()?;
    let clients = clients(&format!("http://127.0.0.1:{port}"), None)?;
    let clients: Vec<Explorer> = clients.iter().map(|client| client.with_retry(retry)).collect();
    submit("with a rate limit", &[&nginx.emulator], &clients, Expected::NothingLost).await?;
    require(nginx.logged(port, |status, _| status == "429")? > 0, "no request was over the limit")
}

/// How long Explorer is down.
const OUTAGE: Duration = Duration::from_secs(2);

/// After how many submissions Explorer restarts. Most of them are still to come.
const SUBMITTED_BEFORE_RESTART: u64 = 50;

/// Explorer restarts during the submissions, and again during a wait.
async fn with_restarts(nginx: &Nginx) -> Outcome {
    let Nginx { emulator, ports, .. } = nginx;
    let clients = clients(&format!("http://127.0.0.1:{}", ports[4]), None)?;
    let restart = async {
        // Not after a time: a fast machine would be through with all submissions.
        while emulator.calls("run_workflow") < SUBMITTED_BEFORE_RESTART {
            tokio::time::sleep(Duration::from_millis(1)).await;
        }
        restart_at_next(emulator, "run_workflow")
    };
    let emulators = [emulator];
    let submit = submit("Explorer restarts", &emulators, &clients, Expected::Accounted);
    let (restarted, submitted) = tokio::join!(restart, submit);
    restarted?;
    submitted?;
    tokio::time::sleep(OUTAGE).await;
    wait_during_restart(emulator, &clients).await?;
    require(nginx.logged(ports[4], |status, _| status == "502")? > 0, "nginx never found Explorer down")
}

async fn wait_during_restart(emulator: &Emulator, clients: &[Explorer]) -> Outcome {
    let client = clients.first().ok_or("there are no clients")?;
    let jobs = join_all((0..20).map(|_| async { client.workflow(1).run().await })).await;
    let jobs: Vec<_> = jobs.into_iter().collect::<Result<_, _>>()?;
    restart_at_next(emulator, "get_job")?;
    let waits = join_all(jobs.iter().map(|job| async { job.wait().await })).await;
    for wait in waits {
        match wait {
            Ok(_) | Err(Error::JobFailed(_)) => {}
            Err(error) => return Err(format!("a wait did not outlast the restart of Explorer: {error}").into()),
        }
    }
    println!("every wait has outlasted the restart of Explorer");
    Ok(())
}

fn restart_at_next(emulator: &Emulator, operation: &str) -> Outcome {
    let outage = FaultRule::new(Fault::Refuse).operation(operation).times(1).duration(OUTAGE);
    emulator.set_faults(vec![outage])?;
    emulator.forget_sessions();
    Ok(())
}

/// HAProxy in front of two emulators, each of which rejects the tokens of the other.
struct HaProxy {
    emulators: [Emulator; 2],
    url: String,
    _folder: tempfile::TempDir,
    _program: Program,
}

impl HaProxy {
    async fn start() -> Outcome<Self> {
        let program = tools::debian("haproxy", "haproxy")?;
        let folder = tempfile::tempdir()?;
        let emulators = [emulator().await?, emulator().await?];
        let [address] = free_addresses::<1>()?;
        let servers = ["127.0.0.1:7002", "127.0.0.1:7003"].into_iter().zip(emulators.iter().map(Emulator::address));
        let replaced: Vec<_> = servers.chain([("127.0.0.1:8001", address)]).collect();
        let configuration = configuration::write("haproxy.cfg", folder.path(), &replaced)?;
        // In the foreground, as one process.
        let _program = Program::start("HAProxy", &cmd!(program, "-db", "-q", "-f", configuration), &[address])?;
        Ok(Self { emulators, url: format!("http://{address}"), _folder: folder, _program })
    }
}

pub async fn haproxy() -> Outcome {
    with_sticky_cookie(&HaProxy::start().await?).await?;
    with_lost_responses(&HaProxy::start().await?).await
}

async fn with_sticky_cookie(haproxy: &HaProxy) -> Outcome {
    let [one, two] = &haproxy.emulators;
    let clients = clients(&haproxy.url, None)?;
    submit("a sticky cookie for two Explorers", &[one, two], &clients, Expected::NothingLost).await?;
    require(one.jobs() > 0 && two.jobs() > 0, "only one Explorer got requests")
}

/// Explorer runs a workflow and breaks the connection. A proxy that sends the request again runs it twice.
async fn with_lost_responses(haproxy: &HaProxy) -> Outcome {
    let [one, two] = &haproxy.emulators;
    for emulator in [one, two] {
        emulator.set_faults(vec![FaultRule::new(Fault::DropAfter).operation("run_workflow").probability(0.2)])?;
    }
    let clients = clients(&haproxy.url, None)?;
    submit("responses are lost", &[one, two], &clients, Expected::Accounted).await?;
    require(one.injected(Fault::DropAfter) > 0, "no response was lost")
}

/// A scenario that did not happen proves nothing.
fn require(happened: bool, problem: &str) -> Outcome {
    if happened { Ok(()) } else { Err(problem.into()) }
}
