//! Run NebulaGraph Explorer's workflows from Rust.
//!
//! [NebulaGraph Explorer](https://docs.nebula-graph.io/) runs graph-computing workflows (nGQL queries, PageRank and the like)
//! on a distributed engine and has a small HTTP API. This crate is a client of that API: it signs in, runs workflows, polls and
//! cancels their jobs, and reads the results of their tasks.
//!
//! ```no_run
//! # async fn run() -> nebula_explorer::Result<()> {
//! use nebula_explorer::{Credentials, Explorer};
//!
//! let explorer = Explorer::builder("http://localhost:7002")
//!     .graph("192.168.8.111", 9669)
//!     .credentials(Credentials::account("root", "nebula"))
//!     .build()?;
//! let job = explorer.workflow(4216617528).run().await?;
//! println!("{}", job.wait().await?.status);
//! # Ok(())
//! # }
//! ```
//!
//! Start with [`Explorer::builder`]. An [`Explorer`] returns handles, and handles have the calls: [`Explorer::workflow`] and
//! [`WorkflowHandle::run`], [`Explorer::job`] and [`JobHandle::wait`], [`JobHandle::task`] and [`TaskHandle::rows`]. A request
//! with options is a builder; awaiting it sends it. Every call fails with an [`Error`], whose variants say what the caller can do.
//!
//! The underlying client is generated from one OpenAPI document ([`operations::CONTRACT`]); [`Explorer::client`] returns it,
//! authenticated.
//!
//! The crate does not include a server: Explorer is a separate product. To develop and test without one, use the package
//! `nebula-explorer-emulator` of the same repository, or the feature `mock`: `generated::mocks` then adds a typed method for every
//! operation to httpmock's server. `examples/mock-pipeline` in the repository shows both.

// Labels items with the features they need, where docs.rs or `cargo xtask docs-site` builds the documentation.
#![cfg_attr(docsrs, feature(doc_cfg))]

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
#[doc = include_str!("../docs/zh-CN/reliability.md")]
struct ReliabilityInChinese;

#[cfg(doctest)]
#[doc = include_str!("../docs/changing-the-contract.md")]
struct ChangingTheContract;

#[cfg(doctest)]
#[doc = include_str!("../docs/zh-CN/changing-the-contract.md")]
struct ChangingTheContractInChinese;

#[cfg(all(doctest, feature = "sqlite"))]
#[doc = include_str!("../docs/idempotent-runs.md")]
struct IdempotentRuns;

#[cfg(all(doctest, feature = "sqlite"))]
#[doc = include_str!("../docs/zh-CN/idempotent-runs.md")]
struct IdempotentRunsInChinese;

#[cfg(feature = "blocking")]
pub mod blocking;
mod client;
mod contract;
mod error;
mod explorer;
#[cfg(fuzzing)]
pub mod fuzzing;
mod jobs;
mod results;
mod session;
mod transport;
mod workflows;

pub use client::raw_request::Request;
pub use contract::code::{ErrorCode, JobStatus};
pub use contract::job::{Job, Task};
pub use contract::{generated, operations, wire};
pub use error::{
    ApiError, CallContext, ConnectFailure, Error, InvalidResponse, ProxyInUse, ProxyRefusal, Result, RowError,
    UnexpectedResponse, UnknownOutcome,
};
pub use explorer::{Explorer, ExplorerBuilder};
pub use jobs::conditions;
pub use jobs::handle::{Cancellation, JobHandle, TaskHandle};
pub use jobs::list::ListJobs;
pub use jobs::page::{MalformedJob, Page};
pub use jobs::poll::{PollIntervals, PollIntervalsBuilder, PollTolerance, PollToleranceBuilder};
pub use jobs::progress::{Change, Progress};
pub use jobs::wait::Wait;
pub use jobs::watch::{Watched, Watcher, WatcherHandle};
#[cfg(feature = "arrow")]
pub use results::arrow::{Column, ColumnType};
pub use results::rows::{RawRows, ReadRows};
pub use session::credentials::{AccountEncoding, Credentials};
pub use session::token::Token;
pub use transport::retry::{RetryPolicy, RetryPolicyBuilder};
pub use workflows::batch::{Batch, BatchedRun};
pub use workflows::memory::MemoryStore;
pub use workflows::request::OnUnknownOutcome;
#[cfg(any(feature = "postgres", feature = "sqlite"))]
pub use workflows::sql::SqlStore;
pub use workflows::store::{
    Baseline, StoreError, StoreFuture, Submission, SubmissionFilter, SubmissionState, SubmissionStore,
};
pub use workflows::workflow::{Run, WorkflowHandle};

#[cfg(feature = "arrow")]
pub use arrow_array;
pub use bytes::Bytes;
pub use futures_util::future::BoxFuture;
pub use futures_util::stream::BoxStream;
pub use jiff::Timestamp;
pub use reqwest;
pub use secrecy::{self, SecretString};
pub use serde_json;
