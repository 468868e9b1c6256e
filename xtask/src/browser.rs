//! `cargo xtask browser`: the API reference and the site in a real browser.

use duct::cmd;
use nebula_explorer::operations::OPERATIONS;

use crate::emulator::Emulator;
use crate::process::{announce, root};
use crate::tools::{self, NODE};
use crate::{Outcome, docs_site, sample};

/// Opens the pages in headless Chromium, signs in and lists jobs with "try it", and takes a screenshot, which `keep` puts among
/// the guides.
pub fn check(keep: bool) -> Outcome {
    tools::require(&[&NODE])?;
    let chromium = tools::chromium()?;
    let node = tools::node()?;
    let site = docs_site::build()?;
    let emulator = Emulator::start()?;
    tokio::runtime::Runtime::new()?.block_on(async {
        sample::explorer(&emulator.url)?.workflow(sample::WORKFLOW).run().await?.wait().await?;
        Ok::<_, Box<dyn std::error::Error>>(())
    })?;
    announce("the pages in a browser");
    let screenshot = root().join(if keep { "docs/images/reference.png" } else { "target/reference.png" });
    let packages = node.parent().and_then(|folder| folder.parent()).ok_or("the Node tools have no folder")?;
    cmd!("node", "browser.mjs", chromium, &emulator.url, &site, &screenshot, packages)
        .dir("xtask/tools")
        .env("OPERATIONS", OPERATIONS.len().to_string())
        .env("JOBS", "1")
        .run()?;
    eprintln!("screenshot: {}", screenshot.display());
    Ok(())
}
