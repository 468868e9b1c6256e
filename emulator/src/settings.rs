//! The settings of an emulator, except workflows, graph and faults.

use std::net::{Ipv4Addr, SocketAddr};
use std::time::Duration;

use clap::ValueEnum;

use crate::behaviour::Behaviour;
use crate::defaults;

/// The version of Explorer to emulate. It decides how `connect` expects the account to be encoded.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, ValueEnum)]
#[non_exhaustive]
pub enum ServerVersion {
    /// 3.1: the account is `user:password` in base64.
    #[value(name = "3.1")]
    V3_1,
    /// 3.2: as 3.1.
    #[value(name = "3.2")]
    V3_2,
    /// 3.3: the account is the JSON array `["user","password"]` in base64.
    #[value(name = "3.3")]
    V3_3,
    /// 3.4: as 3.3.
    #[value(name = "3.4")]
    V3_4,
    /// 3.5: as 3.3.
    #[default]
    #[value(name = "3.5")]
    V3_5,
}

/// The settings of a running emulator.
#[derive(Clone)]
pub(crate) struct Settings {
    pub address: SocketAddr,
    pub speed: f64,
    pub token_life: Duration,
    /// Users and passwords.
    pub accounts: Vec<(String, String)>,
    /// Addresses and ports.
    pub graph_services: Vec<(String, u16)>,
    pub version: ServerVersion,
    pub secure: bool,
    pub behaviour: Behaviour,
}

impl Default for Settings {
    fn default() -> Self {
        Self {
            address: (Ipv4Addr::LOCALHOST, 0).into(),
            speed: defaults::SPEED,
            token_life: defaults::TOKEN_LIFE,
            accounts: Vec::new(),
            graph_services: Vec::new(),
            version: ServerVersion::default(),
            secure: false,
            behaviour: Behaviour::default(),
        }
    }
}

impl Settings {
    /// Adds the default account and graph services if there are no others.
    pub(crate) fn with_defaults(mut self) -> Self {
        if self.accounts.is_empty() {
            let (user, password) = defaults::ACCOUNT;
            self.accounts.push((user.into(), password.into()));
        }
        if self.graph_services.is_empty() {
            self.graph_services.extend(defaults::GRAPH_SERVICES.map(|(address, port)| (address.into(), port)));
        }
        self
    }

    /// Whether the only account is the default one.
    pub(crate) fn has_default_account(&self) -> bool {
        let (user, password) = defaults::ACCOUNT;
        self.accounts == [(user.to_string(), password.to_string())]
    }
}

impl ServerVersion {
    /// Whether the account is encoded as a JSON array instead of `user:password`.
    pub(crate) fn takes_json_array(self) -> bool {
        self >= Self::V3_3
    }
}
