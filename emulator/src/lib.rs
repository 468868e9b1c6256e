#![doc = include_str!("../README.md")]

mod api;
mod builder;
mod clock;
pub mod defaults;
pub mod docs;
mod emulator;
mod engine;
mod error;
mod faults;
mod lock;
pub mod options;
pub mod program;
mod sessions;
mod settings;
mod signals;
mod state;
mod stderr;

pub use builder::EmulatorBuilder;
pub use emulator::Emulator;
pub use engine::{algorithms, graph, workflows};
pub use error::EmulatorError;
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
