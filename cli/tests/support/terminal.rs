//! A pseudo-terminal, and what it shows.

use std::io::{Read as _, Write};
use std::sync::{Arc, Condvar, Mutex};
use std::thread::JoinHandle;
use std::time::Duration;

use portable_pty::{Child, CommandBuilder, MasterPty, PtySize, native_pty_system};

use super::{CONFIG_DIR, NO_CACHE, SECRETS, Server, inherited_variables, program};

/// How long to wait for what must be shown.
const TIMEOUT: Duration = Duration::from_secs(60);

/// When the leader of a terminal's session ends, the system drops output that has not been read yet. Therefore a shell is the
/// leader: it reports the program's exit code in an escape sequence that terminals ignore, and continues to run.
const LEADER: &str = r#"trap : INT TERM; "$@"; printf '\033]ended;%d\007' $?; read -r _"#;
const ENDED: &[u8] = b"\x1b]ended;";

pub struct Terminal {
    leader: Box<dyn Child + Send + Sync>,
    master: Box<dyn MasterPty + Send>,
    keyboard: Box<dyn Write + Send>,
    shown: Arc<(Mutex<Screen>, Condvar)>,
    reader: JoinHandle<()>,
}

struct Screen {
    parser: vt100::Parser,
    bytes: Vec<u8>,
}

impl Screen {
    fn exit_code(&self) -> Option<u32> {
        let place = self.bytes.windows(ENDED.len()).rposition(|bytes| bytes == ENDED)?;
        let (code, _) = std::str::from_utf8(&self.bytes[place + ENDED.len()..]).ok()?.split_once('\x07')?;
        Some(code.parse().unwrap())
    }
}

/// How a program ended in a terminal, and what the terminal showed.
pub struct Shown {
    pub code: u32,
    pub text: String,
    /// The text with escape sequences for colours.
    pub formatted: String,
    pub screen: vt100::Screen,
    /// What the terminal received.
    pub received: String,
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

    pub fn start_command(program: CommandBuilder, server: &Server, columns: u16, variables: &[(&str, &str)]) -> Self {
        const ROWS: u16 = 100;
        let mut command = CommandBuilder::new("sh");
        command.args(["-c", LEADER, "sh"]);
        command.args(program.get_argv());
        for variable in inherited_variables() {
            command.env_remove(variable);
        }
        command.env_remove("NO_COLOR");
        command.env("TERM", "xterm-256color");
        command.env(CONFIG_DIR, server.directory.path());
        command.env(SECRETS.0, SECRETS.1);
        command.env(NO_CACHE, "1");
        for (name, value) in variables {
            command.env(name, value);
        }
        let size = PtySize { rows: ROWS, cols: columns, pixel_width: 0, pixel_height: 0 };
        let pair = native_pty_system().openpty(size).unwrap();
        let leader = pair.slave.spawn_command(command).unwrap();
        drop(pair.slave);
        let mut output = pair.master.try_clone_reader().unwrap();
        let keyboard = pair.master.take_writer().unwrap();
        let parser = vt100::Parser::new(ROWS.try_into().unwrap(), columns.try_into().unwrap(), 0);
        let shown = Arc::new((Mutex::new(Screen { parser, bytes: Vec::new() }), Condvar::new()));
        let screen = Arc::clone(&shown);
        let reader = std::thread::spawn(move || {
            let mut bytes = [0; 4096];
            while let Ok(read @ 1..) = output.read(&mut bytes) {
                let mut shown = screen.0.lock().unwrap();
                shown.parser.process(&bytes[..read]);
                shown.bytes.extend_from_slice(&bytes[..read]);
                screen.1.notify_all();
            }
        });
        Self { leader, master: pair.master, keyboard, shown, reader }
    }

    /// Waits until the terminal shows a text.
    pub fn wait_for(&self, text: &str) {
        self.wait_until(text, |screen| screen.parser.screen().contents().contains(text));
    }

    fn wait_until(&self, what: &str, condition: impl Fn(&Screen) -> bool) {
        let (screen, changed) = &*self.shown;
        let waited = changed.wait_timeout_while(screen.lock().unwrap(), TIMEOUT, |screen| !condition(screen)).unwrap();
        assert!(!waited.1.timed_out(), "no `{what}` in\n{}", waited.0.parser.screen().contents());
    }

    /// Waits until the terminal does not echo input, which is after the prompt for a password.
    pub fn wait_for_no_echo(&self) {
        self.wait_for_echo(false);
    }

    /// Waits until the terminal echoes input, or does not.
    pub fn wait_for_echo(&self, echoes: bool) {
        let started = std::time::Instant::now();
        // The bit for `ECHO`, on Linux, macOS and the BSDs alike.
        while (self.master.get_termios().unwrap().local_flags.bits() & 0o10 != 0) != echoes {
            assert!(started.elapsed() < TIMEOUT, "the terminal does not echo: {echoes}");
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

    /// The process group in the foreground: the shell, which ignores signals, and the program.
    pub fn foreground(&self) -> i32 {
        self.master.process_group_leader().unwrap()
    }

    /// Waits for the program to end.
    pub fn end(mut self) -> Shown {
        self.wait_until("exit code", |screen| screen.exit_code().is_some());
        self.leader.kill().unwrap();
        self.leader.wait().unwrap();
        self.reader.join().unwrap();
        let shown = self.shown.0.lock().unwrap();
        let screen = shown.parser.screen();
        let columns = screen.size().1.get();
        // Row by row, because `contents` joins a full row with the next one.
        let rows: Vec<String> = screen.rows(0, columns).map(|row| row.trim_end().to_string() + "\n").collect();
        let text = rows.concat().trim_end_matches('\n').to_string() + "\n";
        let code = shown.exit_code().unwrap();
        let received = String::from_utf8_lossy(&shown.bytes).into_owned();
        Shown { code, text, formatted: screen.contents_formatted(), screen: screen.clone(), received }
    }
}
