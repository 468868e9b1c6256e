//! Asks for a password on the terminal.

use std::io::ErrorKind;

use nebula_explorer::SecretString;
use tokio::task::spawn_blocking;

use crate::error::CliError;
use crate::output::stderr::note;
use crate::signals::{self, INTERRUPT, Signals};

/// The password that is entered without echo. A signal exits the program, and leaves the terminal as it was.
pub async fn ask(user: &str) -> Result<SecretString, CliError> {
    let mut signals = Signals::listen();
    let terminal = Terminal::current();
    let prompt = format!("Password of {user}: ");
    let entered = tokio::select! {
        entered = spawn_blocking(move || rpassword::prompt_password(prompt)) => entered,
        signal = signals.next() => exit(&terminal, signal),
    };
    match entered.unwrap_or_else(|error| Err(std::io::Error::other(error))) {
        Ok(password) => Ok(password.into()),
        // Ctrl-C, which the prompt has read as a character.
        Err(error) if error.kind() == ErrorKind::Interrupted => exit(&terminal, INTERRUPT),
        Err(error) => Err(CliError::Usage(format!(
            "there is no terminal to ask for the password ({error}): use --password-stdin"
        ))),
    }
}

fn exit(terminal: &Terminal, signal: i32) -> ! {
    terminal.restore();
    // Ends the line of the prompt.
    note("");
    std::process::exit(signals::exit_code(signal))
}

/// The terminal and its settings; nothing where there is none.
struct Terminal {
    #[cfg(unix)]
    settings: Option<(std::fs::File, rustix::termios::Termios)>,
}

#[cfg(unix)]
impl Terminal {
    fn current() -> Self {
        let terminal = std::fs::File::options().read(true).write(true).open("/dev/tty").ok();
        Self {
            settings: terminal.and_then(|file| rustix::termios::tcgetattr(&file).ok().map(|settings| (file, settings))),
        }
    }

    fn restore(&self) {
        if let Some((file, settings)) = &self.settings {
            // Fails if the terminal is gone.
            let _ = rustix::termios::tcsetattr(file, rustix::termios::OptionalActions::Now, settings);
        }
    }
}

#[cfg(not(unix))]
impl Terminal {
    fn current() -> Self {
        Self {}
    }

    fn restore(&self) {}
}
