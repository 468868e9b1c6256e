//! Where Explorer is, who signs in there, and what is stored between commands.
//!
//! [`settings`] is the table of settings. Their values come from [`flags`], variables and [`profiles`]; [`values`] combines them,
//! and [`connection`] makes a client of them.

pub mod connection;
pub mod flags;
mod locked_file;
pub mod profiles;
pub mod secrets;
pub mod settings;
pub mod values;
