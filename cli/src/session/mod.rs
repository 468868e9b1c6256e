//! Where Explorer is, who signs in there, and what is kept of it between commands.

pub mod connection;
pub mod locked_file;
pub mod profiles;
pub mod secrets;
pub mod settings;
