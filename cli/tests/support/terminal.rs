//! A real pseudo-terminal, and what it shows.

use std::io::{Read as _, Write};
use std::sync::{Arc, Condvar, Mutex};
use std::thread::JoinHandle;
use std::time::Duration;

use portable_pty::{Child, CommandBuilder, MasterPty, PtySize, native_pty_system};

use super::{Server, VARIABLES, program};

const PATIENCE: Duration = Duration::from_secs(60);

pub struct Terminal {
    child: Box<dyn Child + Send + Sync>,
    master: Box<dyn MasterPty + Send>,
    keyboard: Box<dyn Write + Send>,
    shown: Arc<(Mutex<vt100::Parser>, Condvar)>,
    reader: JoinHandle<()>,
}

/// How a program ended in a terminal, and what that showed then.
pub struct Shown {
    pub code: u32,
    pub text: String,
    /// What would set colours.
    pub formatted: String,
    pub screen: vt100::Screen,
}

impl std::fmt::Debug for Shown {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "exit code {}\n{}", self.code, self.text)
    }
}

impl Terminal {
    /// Runs the command in a terminal of this many columns.
    pub fn start(server: &Server, columns: u16, arguments: &[&str], variables: &[(&str, &str)]) -> Self {
        let mut command = CommandBuilder::new(program());
        command.args(arguments);
        Self::start_command(command, server, columns, variables)
    }

    pub fn start_command(
        mut command: CommandBuilder,
        server: &Server,
        columns: u16,
        variables: &[(&str, &str)],
    ) -> Self {
        const ROWS: u16 = 100;
        for variable in VARIABLES {
            command.env_remove(format!("NEBULA_EXPLORER_{variable}"));
        }
        command.env_remove("NO_COLOR");
        command.env("TERM", "xterm-256color");
        command.env("NEBULA_EXPLORER_CONFIG_DIR", server.folder.path());
        command.env("NEBULA_EXPLORER_SECRETS", "file");
        for (name, value) in variables {
            command.env(name, value);
        }
        let size = PtySize { rows: ROWS, cols: columns, pixel_width: 0, pixel_height: 0 };
        let pair = native_pty_system().openpty(size).unwrap();
        let child = pair.slave.spawn_command(command).unwrap();
        drop(pair.slave);
        let mut output = pair.master.try_clone_reader().unwrap();
        let keyboard = pair.master.take_writer().unwrap();
        let shown = Arc::new((
            Mutex::new(vt100::Parser::new(ROWS.try_into().unwrap(), columns.try_into().unwrap(), 0)),
            Condvar::new(),
        ));
        let screen = Arc::clone(&shown);
        let reader = std::thread::spawn(move || {
            let mut bytes = [0; 4096];
            while let Ok(read @ 1..) = output.read(&mut bytes) {
                screen.0.lock().unwrap().process(&bytes[..read]);
                screen.1.notify_all();
            }
        });
        Self { child, master: pair.master, keyboard, shown, reader }
    }

    /// Waits until the terminal shows a text.
    pub fn wait_for(&self, text: &str) {
        let (screen, changed) = &*self.shown;
        let waited = changed
            .wait_timeout_while(screen.lock().unwrap(), PATIENCE, |screen| !screen.screen().contents().contains(text))
            .unwrap();
        assert!(!waited.1.timed_out(), "no `{text}` in\n{}", waited.0.screen().contents());
    }

    /// Waits until what is typed is not shown, which follows the prompt for a password.
    pub fn wait_for_no_echo(&self) {
        let begun = std::time::Instant::now();
        // The bit for `ECHO`, on Linux, macOS and the BSDs alike.
        while self.master.get_termios().unwrap().local_flags.bits() & 0o10 != 0 {
            assert!(begun.elapsed() < PATIENCE, "what is typed is still shown");
            std::thread::yield_now();
        }
    }

    pub fn type_in(&mut self, text: &str) {
        self.keyboard.write_all(text.as_bytes()).unwrap();
        self.keyboard.flush().unwrap();
    }

    pub fn interrupt(&mut self) {
        self.type_in("\x03");
    }

    /// Waits for the program to end.
    pub fn end(mut self) -> Shown {
        let code = self.child.wait().unwrap().exit_code();
        self.reader.join().unwrap();
        let parser = self.shown.0.lock().unwrap();
        let screen = parser.screen();
        let columns = screen.size().1.get();
        // By rows, because a row that is filled to its end would run into the next one.
        let rows: Vec<String> = screen.rows(0, columns).map(|row| row.trim_end().to_string() + "\n").collect();
        let text = rows.concat().trim_end_matches('\n').to_string() + "\n";
        Shown { code, text, formatted: screen.contents_formatted(), screen: screen.clone() }
    }
}
