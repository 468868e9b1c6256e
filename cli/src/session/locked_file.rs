//! Files that several commands may write at the same time, and that only the user can read.

use std::fs::{self, File};
use std::io::{ErrorKind, Write as _};
use std::path::Path;

use crate::error::CliError;

/// The text of a file; `None` if it does not exist.
pub fn read(path: &Path) -> Result<Option<String>, CliError> {
    match fs::read_to_string(path) {
        Ok(text) => Ok(Some(text)),
        Err(error) if error.kind() == ErrorKind::NotFound => Ok(None),
        Err(error) => Err(failed("read", path, &error)),
    }
}

/// Changes a file while holding its lock.
pub fn update(path: &Path, change: impl FnOnce(Option<String>) -> Result<String, CliError>) -> Result<(), CliError> {
    let lock_path = path.with_extension("lock");
    let lock = open_lock(&lock_path)?;
    lock.lock().map_err(|error| failed("lock", &lock_path, &error))?;
    replace(path, &change(read(path)?)?)
}

/// Replaces a file. Readers see the old text or the new one, never a part. A symbolic link is kept, and its target replaced.
pub fn replace(path: &Path, text: &str) -> Result<(), CliError> {
    let target = fs::canonicalize(path).unwrap_or_else(|_| path.to_path_buf());
    let directory = create_parent(&target)?;
    let written = tempfile::NamedTempFile::new_in(directory).and_then(|mut file| {
        file.write_all(text.as_bytes())?;
        file.as_file().sync_all()?;
        file.persist(&target).map_err(|error| error.error)
    });
    written.map_err(|error| failed("write", path, &error))?;
    Ok(())
}

/// Opens a file to lock it. For writing, because Windows does not lock a file that is opened for appending only.
pub fn open_lock(path: &Path) -> Result<File, CliError> {
    create_parent(path)?;
    let mut options = File::options();
    options.create(true).truncate(false).write(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    options.open(path).map_err(|error| failed("open", path, &error))
}

fn create_parent(path: &Path) -> Result<&Path, CliError> {
    let directory = path.parent().unwrap_or(Path::new("."));
    let mut builder = fs::DirBuilder::new();
    #[cfg(unix)]
    std::os::unix::fs::DirBuilderExt::mode(&mut builder, 0o700);
    builder.recursive(true).create(directory).map_err(|error| failed("create", directory, &error))?;
    Ok(directory)
}

fn failed(action: &str, path: &Path, error: &std::io::Error) -> CliError {
    CliError::Other(format!("cannot {action} {}: {error}", path.display()))
}
