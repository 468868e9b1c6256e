//! Toxiproxy: connections that break after a random number of bytes, in either direction.

use std::net::SocketAddr;
use std::time::Duration;

use duct::cmd;
use serde_json::{Value, json};

use crate::Outcome;
use crate::proxies::program::{Program, free_addresses};
use crate::proxies::setup::{Expected, clients, emulator, submit};
use crate::tools;

/// How often the number of bytes changes. A new one applies to new connections.
const CHANGE: Duration = Duration::from_millis(20);

/// How many connections break.
const PROBABILITY: f64 = 0.15;

pub async fn check() -> Outcome {
    let program = tools::toxiproxy()?;
    let emulator = emulator().await?;
    let [control, address] = free_addresses::<2>()?;
    let port = control.port().to_string();
    let command = cmd!(program, "-host", "127.0.0.1", "-port", port).env("LOG_LEVEL", "error").stdout_null();
    let _program = Program::start("Toxiproxy", &command, &[control])?;
    let toxiproxy = Toxiproxy { http: reqwest::Client::builder().no_proxy().build()?, control };
    toxiproxy.create(address, emulator.address()).await?;
    let clients = clients(&format!("http://{address}"), None)?;
    let breaks = async {
        loop {
            if let Err(error) = toxiproxy.change().await {
                return error;
            }
            tokio::time::sleep(CHANGE).await;
        }
    };
    let emulators = [&emulator];
    tokio::select! {
        error = breaks => Err(error),
        outcome = submit("connections break", &emulators, &clients, Expected::Accounted) => outcome,
    }
}

/// The control API.
struct Toxiproxy {
    http: reqwest::Client,
    control: SocketAddr,
}

/// What breaks connections: the name and the kind, the direction, and the attribute that is set at random.
const TOXICS: [(&str, &str, &str, &str); 4] = [
    ("cut_requests", "limit_data", "upstream", "bytes"),
    ("cut_responses", "limit_data", "downstream", "bytes"),
    ("reset_requests", "reset_peer", "upstream", "timeout"),
    ("reset_responses", "reset_peer", "downstream", "timeout"),
];

impl Toxiproxy {
    async fn create(&self, listen: SocketAddr, upstream: SocketAddr) -> Outcome {
        let proxy = json!({ "name": "explorer", "listen": listen.to_string(), "upstream": upstream.to_string() });
        self.post("/proxies", proxy).await?;
        for (name, kind, stream, attribute) in TOXICS {
            let toxic = json!({
                "name": name, "type": kind, "stream": stream, "toxicity": PROBABILITY,
                "attributes": { attribute: random(attribute) },
            });
            self.post("/proxies/explorer/toxics", toxic).await?;
        }
        Ok(())
    }

    /// Sets other random numbers.
    async fn change(&self) -> Outcome {
        for (name, _, _, attribute) in TOXICS {
            let change = json!({ "attributes": { attribute: random(attribute) } });
            self.post(&format!("/proxies/explorer/toxics/{name}"), change).await?;
        }
        Ok(())
    }

    async fn post(&self, path: &str, body: Value) -> Outcome {
        let response = self.http.post(format!("http://{}{path}", self.control)).json(&body).send().await?;
        match response.status().is_success() {
            true => Ok(()),
            false => Err(format!("Toxiproxy: {path}: {}", response.text().await?).into()),
        }
    }
}

/// Bytes within or shortly after a request or response, or milliseconds within one.
fn random(attribute: &str) -> u32 {
    if attribute == "bytes" { fastrand::u32(1..3000) } else { fastrand::u32(0..20) }
}
