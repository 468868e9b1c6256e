//! Squid as the forward proxy of a network, which the SDK finds in the environment.

use std::fs;

use duct::cmd;

use crate::Outcome;
use crate::proxies::configuration;
use crate::proxies::program::{Program, free_addresses};
use crate::proxies::reverse::Nginx;
use crate::proxies::setup::{Expected, clients, emulator, submit};
use crate::tools;

/// A host name that only Squid resolves. Requests to loopback addresses never go through a proxy.
const HOST: &str = "explorer.test";

/// Starts Squid, and this program once more with Squid in its environment.
pub fn start() -> Outcome {
    let program = tools::debian("squid", "squid")?;
    let folder = tempfile::tempdir()?;
    let [address] = free_addresses::<1>()?;
    fs::write(folder.path().join("hosts"), format!("127.0.0.1 {HOST}\n"))?;
    let configuration = configuration::write("squid.conf", folder.path(), &[("127.0.0.1:3128", address)])?;
    open_to_others(folder.path())?;
    // In the foreground, as one process.
    let command = cmd!(program, "-N", "-f", configuration).dir(folder.path());
    let _program = Program::start("Squid", &command, &[address])?;
    let url = format!("http://{address}");
    let own = cmd!(std::env::current_exe()?, "proxies", "--behind-forward-proxy");
    own.env("http_proxy", &url).env("https_proxy", url).env_remove("no_proxy").env_remove("NO_PROXY").run()?;
    Ok(())
}

/// Squid gives up the rights of root.
#[cfg(unix)]
fn open_to_others(folder: &std::path::Path) -> Outcome {
    use std::os::unix::fs::PermissionsExt as _;
    fs::set_permissions(folder, fs::Permissions::from_mode(0o777))?;
    Ok(())
}

#[cfg(not(unix))]
fn open_to_others(_: &std::path::Path) -> Outcome {
    Ok(())
}

/// Plain HTTP, which the proxy forwards, and HTTPS, for which it opens a tunnel.
pub async fn check() -> Outcome {
    let emulator = emulator().await?;
    let plain = clients(&format!("http://{HOST}:{}", emulator.address().port()), None)?;
    submit("HTTP through a forward proxy", &[&emulator], &plain, Expected::NothingLost).await?;
    let nginx = Nginx::start().await?;
    let tunnelled = clients(&format!("https://{HOST}:{}", nginx.ports[1]), Some(&nginx.authority))?;
    submit("HTTPS through a forward proxy", &[&nginx.emulator], &tunnelled, Expected::NothingLost).await
}
