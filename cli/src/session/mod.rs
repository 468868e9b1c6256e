//! Where Explorer is, who signs in there, and what is stored between commands.
//!
//! [`settings`] is the table of settings. Their values come from [`flags`], variables and [`profiles`]; [`values`] combines them,
//! [`client`] builds a client for them, and [`connection`] signs it in. Tokens are kept by [`secrets`] for a profile, and by
//! [`cache`] without one.

pub mod cache;
pub mod client;
pub mod connection;
pub mod flags;
mod headers;
mod locked_file;
mod pem;
pub mod profiles;
pub mod secrets;
pub mod settings;
mod shared_sign_in;
pub mod submissions;
mod token_store;
pub mod values;
