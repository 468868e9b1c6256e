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

/// Changes a file while holding its lock. Readers see the old text or the new one, never a part.
pub fn update(path: &Path, change: impl FnOnce(Option<String>) -> Result<String, CliError>) -> Result<(), CliError> {
    let directory = path.parent().unwrap_or(Path::new("."));
    create(directory).map_err(|error| failed("create", directory, &error))?;
    let lock_path = path.with_extension("lock");
    let lock = File::options().create(true).append(true).open(&lock_path);
    let lock = lock.map_err(|error| failed("open", &lock_path, &error))?;
    lock.lock().map_err(|error| failed("lock", &lock_path, &error))?;
    let text = change(read(path)?)?;
    let written = tempfile::NamedTempFile::new_in(directory).and_then(|mut file| {
        file.write_all(text.as_bytes())?;
        file.as_file().sync_all()?;
        file.persist(path).map_err(|error| error.error)
    });
    written.map_err(|error| failed("write", path, &error))?;
    Ok(())
}

fn create(directory: &Path) -> std::io::Result<()> {
    let mut builder = fs::DirBuilder::new();
    #[cfg(unix)]
    std::os::unix::fs::DirBuilderExt::mode(&mut builder, 0o700);
    builder.recursive(true).create(directory)
}

fn failed(action: &str, path: &Path, error: &std::io::Error) -> CliError {
    CliError::Other(format!("cannot {action} {}: {error}", path.display()))
}
