//! The store of submissions, which commands with idempotency keys share.

use std::convert::Infallible;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use etcetera::BaseStrategy as _;
use nebula_explorer::reqwest::Url;
use nebula_explorer::{SecretString, SqlStore, StoreError, Submission, SubmissionFilter, SubmissionStore as _};

use crate::error::CliError;
use crate::session::settings::{STATE_DIR_VARIABLE, STORE_VARIABLE, variable};

/// Where submissions are recorded.
#[derive(clap::Args)]
pub struct Store {
    /// Where idempotency keys are recorded: sqlite:///PATH, or postgres://USER:PASSWORD@HOST/DATABASE for several machines; a file
    /// in the platform's directory for state if not set
    #[arg(long, value_name = "URL", env = STORE_VARIABLE, hide_env_values = true, value_parser = secret)]
    store: Option<SecretString>,
}

fn secret(text: &str) -> Result<SecretString, Infallible> {
    Ok(text.into())
}

impl Store {
    /// The store at this address, or else at that of the variable.
    pub fn new(url: Option<SecretString>) -> Self {
        Self { store: url.or_else(|| variable(STORE_VARIABLE).map(SecretString::from)) }
    }

    pub fn open(&self) -> Result<Arc<SqlStore>, CliError> {
        let store = match &self.store {
            Some(url) => SqlStore::new(url.clone()),
            None => SqlStore::new(default_url()?),
        };
        store.map(Arc::new).map_err(|error| CliError::Usage(error.to_string()))
    }

    pub async fn list(&self, filter: SubmissionFilter) -> Result<Vec<Submission>, CliError> {
        self.open()?.list(&filter).await.map_err(|error| failed(&error))
    }

    /// All attempts of a key, of which there is at least one.
    pub async fn attempts(&self, key: &str) -> Result<Vec<Submission>, CliError> {
        match self.list(SubmissionFilter::default().key(key)).await? {
            attempts if attempts.is_empty() => Err(not_recorded(key)),
            attempts => Ok(attempts),
        }
    }

    pub async fn delete(&self, filter: SubmissionFilter) -> Result<u64, CliError> {
        self.open()?.delete(&filter).await.map_err(|error| failed(&error))
    }
}

pub fn not_recorded(key: &str) -> CliError {
    CliError::Other(format!("nothing is recorded for the key `{key}`"))
}

/// An error of a store, with its cause.
pub fn failed(error: &StoreError) -> CliError {
    let cause = std::error::Error::source(error).map(|cause| format!(" ({cause})")).unwrap_or_default();
    CliError::Other(format!("{error}{cause}"))
}

fn default_url() -> Result<String, CliError> {
    let directory = directory()?;
    create(&directory).map_err(|error| CliError::Other(format!("cannot create {}: {error}", directory.display())))?;
    let file = std::path::absolute(directory.join("submissions.db")).ok();
    let url = file.and_then(|file| Url::from_file_path(file).ok());
    let url = url.ok_or_else(|| CliError::Other(format!("{} has no absolute path", directory.display())))?;
    Ok(format!("sqlite://{}", url.path()))
}

fn directory() -> Result<PathBuf, CliError> {
    if let Some(directory) = variable(STATE_DIR_VARIABLE) {
        return Ok(directory.into());
    }
    let base = etcetera::choose_base_strategy().map_err(|_| {
        CliError::Usage(format!("there is no home directory: set {STATE_DIR_VARIABLE}, or give --store"))
    })?;
    Ok(base.state_dir().unwrap_or_else(|| base.data_dir()).join("nebula-explorer"))
}

/// Inputs are recorded as digests only, but keys may say much.
fn create(directory: &Path) -> std::io::Result<()> {
    let mut builder = std::fs::DirBuilder::new();
    builder.recursive(true);
    #[cfg(unix)]
    std::os::unix::fs::DirBuilderExt::mode(&mut builder, 0o700);
    builder.create(directory)
}
