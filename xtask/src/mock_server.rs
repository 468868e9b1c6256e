//! The SDK against Prism, a mock server that works from the contract alone.

use std::net::TcpListener;
use std::path::Path;
use std::time::{Duration, Instant};

use duct::{Handle, cmd};
use nebula_explorer::{Explorer, RetryPolicy};

use crate::process::announce;
use crate::{Outcome, sample};

/// Starts Prism on the contract and calls the operations for which the SDK has methods. Prism rejects requests that the contract does
/// not allow, and its responses are the contract's examples.
pub fn check(node: &Path, contract: &str) -> Outcome {
    announce(&format!("the SDK against Prism with {contract}"));
    // Prism does not print the port it chooses, so a free one is looked up here.
    let port = TcpListener::bind("127.0.0.1:0")?.local_addr()?.port();
    let port_text = port.to_string();
    let prism = cmd!(node.join("prism"), "mock", "--errors", "--host", "127.0.0.1", "--port", port_text, contract);
    let _prism = Server(prism.stdout_null().unchecked().start()?);
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
        eprintln!("called the operations that have methods, and read their examples");
        Ok(())
    })
}

/// Waits until the server accepts connections.
async fn signed_in(explorer: &Explorer) -> Outcome {
    const STARTUP_TIMEOUT: Duration = Duration::from_secs(60);
    let deadline = Instant::now() + STARTUP_TIMEOUT;
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

/// A process that is killed when this is dropped.
struct Server(Handle);

impl Drop for Server {
    fn drop(&mut self) {
        // At worst the process has ended already.
        let _ = self.0.kill();
    }
}
