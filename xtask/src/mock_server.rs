//! The SDK against a mock server that somebody else's program makes of the contract.

use std::net::TcpListener;
use std::path::Path;
use std::process::{Child, Stdio};
use std::time::{Duration, Instant};

use nebula_explorer::{Explorer, RetryPolicy};

use crate::process::{announce, command};
use crate::{Outcome, sample};

/// Starts Prism over the contract, and does with the SDK what a program does with a server. Prism refuses what the contract does
/// not allow, and answers with the contract's examples.
pub fn check(node: &Path, contract: &str) -> Outcome {
    announce("the SDK against Prism");
    // Prism tells nobody which port it has got, so a free one is looked for.
    let port = TcpListener::bind("127.0.0.1:0")?.local_addr()?.port();
    let mut prism = command(node.join("prism"), "");
    prism.args(["mock", "--errors", "--host", "127.0.0.1", "--port", &port.to_string(), contract]);
    let _prism = Server(prism.stdout(Stdio::null()).spawn()?);
    let runtime = tokio::runtime::Runtime::new()?;
    runtime.block_on(async {
        let explorer = sample::explorer(&format!("http://127.0.0.1:{port}"))?.with_retry(RetryPolicy::none());
        signed_in(&explorer).await?;
        let listed = explorer.jobs().await?.jobs.len();
        let of_workflow = explorer.workflow(sample::WORKFLOW).jobs().page_size(5).await?.jobs.len();
        let job = explorer.workflow(sample::WORKFLOW).run().param("query_1", "name", "Tim Duncan").await?;
        let ended = job.wait().await?;
        let task = ended.tasks.first().ok_or("the example of a job has no task")?;
        let rows: Vec<Vec<String>> = job.task(&task.id).rows().limit(10).await?;
        job.cancel().await?;
        if listed == 0 || of_workflow == 0 || rows.is_empty() {
            return Err("the contract's examples show no jobs or no rows".into());
        }
        eprintln!("every operation was called, and its example read");
        Ok(())
    })
}

/// Waits until the server is there.
async fn signed_in(explorer: &Explorer) -> Outcome {
    const KEYRING_TIMEOUT: Duration = Duration::from_secs(60);
    let deadline = Instant::now() + KEYRING_TIMEOUT;
    loop {
        match explorer.sign_in().await {
            Ok(_) => return Ok(()),
            Err(error) if error.is_retryable() && Instant::now() < deadline => {
                tokio::time::sleep(Duration::from_millis(200)).await;
            }
            Err(error) => return Err(error.into()),
        }
    }
}

/// Ends with this.
struct Server(Child);

impl Drop for Server {
    fn drop(&mut self) {
        // Neither can fail in a way that matters here: at worst it has ended already.
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}
