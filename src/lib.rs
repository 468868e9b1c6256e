//! Run NebulaGraph Explorer's workflows from Rust.
//!
//! [NebulaGraph Explorer](https://docs.nebula-graph.io/) runs graph-computing workflows (nGQL queries, PageRank and the like)
//! on a distributed engine and has a small HTTP API. This crate is a client of that API: it signs in, runs a workflow, watches
//! its job, cancels it, and reads what its tasks computed.
//!
//! Begin with [`Explorer::builder`]. From there on, everything is a noun and a verb: [`Explorer::workflow`] and
//! [`WorkflowHandle::run`], [`Explorer::job`] and [`JobHandle::wait`], [`JobHandle::task`] and [`TaskHandle::rows`]. A request
//! with options is a builder; awaiting it sends it.
//!
//! The client under it is generated from one hand-written OpenAPI document ([`operations::CONTRACT`]); [`Explorer::client`]
//! gives it, signed in. Every call fails with the one [`Error`], whose variants say what the caller can do.
//!
//! The crate does not install a server: Explorer is a product of its own. To build and test without one, use the package
//! `nebula-explorer-emulator` of the same repository, or the feature `mock`: `generated::mocks` then gives httpmock's server a
//! typed method for every operation. `examples/mock-pipeline` in the repository shows both.

#[cfg(doctest)]
#[doc = include_str!("../README.md")]
struct ReadmeInEnglish;

#[cfg(doctest)]
#[doc = include_str!("../README.zh-CN.md")]
struct ReadmeInChinese;

#[cfg(doctest)]
#[doc = include_str!("../docs/reliability.md")]
struct Reliability;

#[cfg(doctest)]
#[doc = include_str!("../docs/reliability.zh-CN.md")]
struct ReliabilityInChinese;

#[cfg(doctest)]
#[doc = include_str!("../docs/changing-the-contract.md")]
struct ChangingTheContract;

#[cfg(doctest)]
#[doc = include_str!("../docs/changing-the-contract.zh-CN.md")]
struct ChangingTheContractInChinese;

mod answer;
#[cfg(feature = "blocking")]
pub mod blocking;
mod call;
pub mod conditions;
mod credentials;
mod error;
mod explorer;
#[cfg(fuzzing)]
pub mod fuzzing;
pub mod generated;
mod hooks;
mod job;
mod list;
pub mod operations;
mod paging;
mod poll;
mod progress;
mod request;
mod retry;
mod rows;
mod session;
mod submit;
mod trace;
mod wait;
mod watch;
pub mod wire;
mod workflow;

pub use credentials::{AccountForm, Credentials};
pub use error::{Error, ForeignAnswer, InvalidAnswer, LostAnswer, Refusal};
pub use explorer::{Explorer, ExplorerBuilder};
pub use generated::{ErrorCode, JobStatus};
pub use job::{Cancellation, Job, JobHandle, Task, TaskHandle};
pub use list::{ListJobs, Page};
pub use poll::{PollIntervals, PollTolerance};
pub use progress::{Change, Progress};
pub use request::Request;
pub use retry::RetryPolicy;
pub use rows::{RawRows, ReadRows, RowError};
pub use session::Token;
pub use submit::OnLostAnswer;
pub use wait::Wait;
pub use watch::{Watched, Watcher, WatcherHandle};
pub use workflow::{Run, WorkflowHandle};

pub use jiff::Timestamp;
pub use secrecy::SecretString;
