//! A proxy as a process of its own, which never outlives the task.

use std::net::{SocketAddr, TcpStream};
use std::thread::sleep;
use std::time::{Duration, Instant};

use duct::{Expression, Handle};

use crate::Outcome;

/// A running program, killed when this is dropped.
pub struct Program(Handle);

/// How long a program may take until it accepts connections.
const STARTUP_TIMEOUT: Duration = Duration::from_secs(20);

impl Program {
    /// Starts a program and waits until it accepts connections at each of the addresses.
    pub fn start(name: &str, command: &Expression, addresses: &[SocketAddr]) -> Outcome<Self> {
        let program = Self(command.unchecked().start().map_err(|error| format!("cannot start {name}: {error}"))?);
        let deadline = Instant::now() + STARTUP_TIMEOUT;
        for address in addresses {
            while TcpStream::connect(address).is_err() {
                if program.0.try_wait()?.is_some() || Instant::now() > deadline {
                    return Err(format!("{name} does not accept connections at {address}").into());
                }
                sleep(Duration::from_millis(20));
            }
        }
        Ok(program)
    }
}

impl Drop for Program {
    fn drop(&mut self) {
        // At worst the process has ended already.
        let _ = self.0.kill();
    }
}

/// Free ports of the loopback interface.
pub fn free_addresses<const N: usize>() -> Outcome<[SocketAddr; N]> {
    // All are bound at once, so that they differ.
    let listeners: Vec<std::net::TcpListener> =
        (0..N).map(|_| std::net::TcpListener::bind("127.0.0.1:0")).collect::<Result<_, _>>()?;
    let addresses: Vec<SocketAddr> =
        listeners.iter().map(std::net::TcpListener::local_addr).collect::<Result<_, _>>()?;
    addresses.try_into().map_err(|_| "the number of addresses differs".into())
}
