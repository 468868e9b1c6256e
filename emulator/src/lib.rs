//! A stand-in for NebulaGraph Explorer's workflow API that computes real results.
//!
//! Explorer is a product of its own, which not every machine that builds or tests a program has. The emulator answers the same
//! calls in the same words: accounts and tokens, jobs that take their time, filters and pages, and the refusals of the real
//! server. The results are computed, with the documented parameters, over a small graph.
//!
//! ```
//! # #[tokio::main(flavor = "current_thread")]
//! # async fn main() -> Result<(), nebula_explorer_emulator::EmulatorError> {
//! use nebula_explorer_emulator::Emulator;
//!
//! let emulator = Emulator::builder().speed(60.0).start().await?;
//! println!("listening on {}", emulator.url());
//! # Ok(())
//! # }
//! ```
//!
//! Paths, fields, codes and defaults come from the contract by way of the crate `nebula_explorer`; nothing of the API is typed
//! again here. The guide is `docs/emulator.md` in the repository.

mod api;
mod builder;
mod clock;
pub mod docs;
mod emulator;
mod engine;
mod faults;
mod lock;
pub mod options;
pub mod program;
mod sessions;
mod settings;
mod state;

pub use builder::{EmulatorBuilder, EmulatorError};
pub use emulator::Emulator;
pub use engine::{algorithms, graph, workflows};
pub use faults::rules::{Fault, FaultRule};
pub use options::EmulatorOptions;
pub use settings::{AbsentTimes, JobIds, MissingIds, ServerVersion};
pub use workflows::{Component, Workflow, WorkflowTask};

#[cfg(doctest)]
#[doc = include_str!("../../docs/emulator.md")]
struct Guide;

#[cfg(doctest)]
#[doc = include_str!("../../docs/zh-CN/emulator.md")]
struct ChineseGuide;
