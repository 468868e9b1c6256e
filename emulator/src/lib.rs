//! A stand-in for NebulaGraph Explorer's workflow API that computes real results.

pub mod algorithms;
pub mod graph;
