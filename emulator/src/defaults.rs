//! The values that apply where nothing else is set.

use std::time::Duration;

/// The account: user and password.
pub const ACCOUNT: (&str, &str) = ("root", "nebula");

/// The graph services that can be reached, as in the examples of the documentation: address and port.
pub const GRAPH_SERVICES: [(&str, u16); 2] = [("127.0.0.1", 9669), ("192.168.8.111", 9669)];

/// How many times faster than real time jobs run.
pub const SPEED: f64 = 1.0;

/// How long a session token is valid, as in the documentation: three days.
pub const TOKEN_LIFE: Duration = Duration::from_secs(3 * 24 * 60 * 60);

/// How many sessions an account may have in the graph service where the number is limited, as by the graph service itself.
pub const SESSION_LIMIT: usize = 300;

/// How long a session of the graph service lasts without use, in real time.
pub const SESSION_IDLE_TIMEOUT: Duration = Duration::from_secs(30 * 60);

/// How long a fault with a duration takes.
pub const FAULT_DURATION: Duration = Duration::from_secs(1);

/// How long a task takes, in emulated seconds.
pub const TASK_SECONDS: f64 = 1.0;

/// How many steps along `follow` edges a query takes.
pub const QUERY_STEPS: u64 = 3;
