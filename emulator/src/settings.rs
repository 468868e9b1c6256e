//! What can be set, apart from workflows and the graph.

use std::net::{Ipv4Addr, SocketAddr};
use std::time::Duration;

use clap::ValueEnum;

/// The version of Explorer that the emulator stands for. It decides in which form the account is taken.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, ValueEnum)]
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

/// How a time that has not come yet looks: the documentation leaves it open.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, ValueEnum)]
pub enum AbsentTimes {
    /// `0` for a job, whose times are numbers, and an empty string for a task, whose times are strings.
    #[default]
    Typed,
    /// The field is left out.
    Missing,
    /// `null`.
    Null,
    /// `0`, for jobs and tasks.
    Zero,
    /// An empty string, for jobs and tasks.
    Empty,
}

/// How a job's id looks: the documentation has both.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, ValueEnum)]
pub enum JobIds {
    /// A number.
    #[default]
    Number,
    /// The number in a string.
    Text,
}

/// How the id of something that does not exist is refused: the documentation leaves it open.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, ValueEnum)]
pub enum MissingIds {
    /// `ErrNotFound`, with what is missing in `details`.
    #[default]
    NotFound,
    /// `ErrInternalServer` without a detail.
    InternalServer,
}

/// The settings that a running emulator looks at.
#[derive(Clone)]
pub(crate) struct Settings {
    pub address: SocketAddr,
    pub speed: f64,
    pub token_life: Duration,
    /// User and password.
    pub accounts: Vec<(String, String)>,
    /// Address and port.
    pub graph_services: Vec<(String, u16)>,
    pub version: ServerVersion,
    pub secure: bool,
    pub absent_times: AbsentTimes,
    pub job_ids: JobIds,
    pub missing_ids: MissingIds,
}

impl Default for Settings {
    fn default() -> Self {
        Self {
            address: (Ipv4Addr::LOCALHOST, 0).into(),
            speed: 1.0,
            token_life: Duration::from_secs(259_200),
            accounts: Vec::new(),
            graph_services: Vec::new(),
            version: ServerVersion::default(),
            secure: false,
            absent_times: AbsentTimes::default(),
            job_ids: JobIds::default(),
            missing_ids: MissingIds::default(),
        }
    }
}

impl Settings {
    /// Puts in what stands where nothing is named: the account and the two graph services of the documentation's examples.
    pub(crate) fn completed(mut self) -> Self {
        if self.accounts.is_empty() {
            let (user, password) = BUILT_IN_ACCOUNT;
            self.accounts.push((user.into(), password.into()));
        }
        if self.graph_services.is_empty() {
            self.graph_services.extend([("127.0.0.1".into(), 9669), ("192.168.8.111".into(), 9669)]);
        }
        self
    }

    /// The account that stands where nobody has set one.
    pub(crate) fn built_in_account(&self) -> Option<(&'static str, &'static str)> {
        let (user, password) = BUILT_IN_ACCOUNT;
        (self.accounts == [(user.to_string(), password.to_string())]).then_some(BUILT_IN_ACCOUNT)
    }
}

const BUILT_IN_ACCOUNT: (&str, &str) = ("root", "nebula");

impl ServerVersion {
    /// Whether the account is a JSON array, and not `user:password`.
    pub(crate) fn takes_array(self) -> bool {
        self >= Self::V3_3
    }
}
