#![doc = include_str!("../README.md")]

mod api;
mod behaviour;
mod builder;
mod circuit_breaker;
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
mod serve;
mod sessions;
mod settings;
mod signals;
mod state;
mod stderr;
mod unknown_parameters;

pub use behaviour::{
    AbsentTimes, Behaviour, BehaviourProfile, Cookies, DateHeader, FilterBounds, FilterNames, Filters, JobIds,
    MissingIds, Precision, RepeatedCancels, SuccessCode, Totals, UnknownFilters,
};
pub use builder::EmulatorBuilder;
pub use emulator::Emulator;
pub use engine::{algorithms, graph, workflows};
pub use error::EmulatorError;
pub use faults::rules::{Fault, FaultRule};
pub use options::EmulatorOptions;
pub use settings::ServerVersion;
pub use workflows::{Component, Workflow, WorkflowTask};

#[cfg(doctest)]
#[doc = include_str!("../../docs/emulator.md")]
struct Guide;

#[cfg(doctest)]
#[doc = include_str!("../../docs/zh-CN/emulator.md")]
struct ChineseGuide;
