//! Files that two commands may write at once, and that only the user may read.

use std::fs::{self, File};
use std::io::{ErrorKind, Write as _};
use std::path::Path;

use crate::error::CliError;

/// The text of a file; `None` if there is none.
pub fn read(path: &Path) -> Result<Option<String>, CliError> {
    match fs::read_to_string(path) {
        Ok(text) => Ok(Some(text)),
        Err(error) if error.kind() == ErrorKind::NotFound => Ok(None),
        Err(error) => Err(failed(path, "read", &error)),
    }
}

/// Changes a file under a lock of its own. Who reads it sees the old text or the new one, never a part.
pub fn update(path: &Path, change: impl FnOnce(Option<String>) -> Result<String, CliError>) -> Result<(), CliError> {
    let folder = path.parent().unwrap_or(Path::new("."));
    create(folder).map_err(|error| failed(folder, "made", &error))?;
    let lock_path = path.with_extension("lock");
    let lock = File::options().create(true).append(true).open(&lock_path);
    let lock = lock.map_err(|error| failed(&lock_path, "opened", &error))?;
    lock.lock().map_err(|error| failed(&lock_path, "locked", &error))?;
    let text = change(read(path)?)?;
    let written = tempfile::NamedTempFile::new_in(folder).and_then(|mut file| {
        file.write_all(text.as_bytes())?;
        file.as_file().sync_all()?;
        file.persist(path).map_err(|error| error.error)
    });
    written.map_err(|error| failed(path, "written", &error))?;
    Ok(())
}

fn create(folder: &Path) -> std::io::Result<()> {
    let mut builder = fs::DirBuilder::new();
    #[cfg(unix)]
    std::os::unix::fs::DirBuilderExt::mode(&mut builder, 0o700);
    builder.recursive(true).create(folder)
}

fn failed(path: &Path, what: &str, error: &std::io::Error) -> CliError {
    CliError::Other(format!("{} cannot be {what}: {error}", path.display()))
}
