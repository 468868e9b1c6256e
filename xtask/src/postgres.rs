//! A PostgreSQL server for tests, in a temporary directory and on a free port of the loopback interface.

use std::net::TcpListener;
use std::path::{Path, PathBuf};

use duct::{Expression, cmd};
use tempfile::TempDir;

use crate::Outcome;
use crate::authority::{CERTIFICATE, KEY, write_certificate};
use crate::process::announce;

/// Not asked for by this server, and never to be shown.
pub const PASSWORD: &str = "hunter22hunter22";

/// A running server, stopped when this is dropped.
pub struct Postgres {
    programs: PathBuf,
    data: TempDir,
    port: u16,
}

impl Postgres {
    /// Creates a database, and starts a server for it. Where there is no PostgreSQL, Debian's package is installed.
    pub fn start() -> Outcome<Self> {
        let programs = programs()?;
        let port = TcpListener::bind(("127.0.0.1", 0))?.local_addr()?.port();
        let server = Self { programs, data: tempfile::tempdir()?, port };
        if is_root()? {
            cmd!("chown", "postgres", server.data.path()).run()?;
        }
        announce("start PostgreSQL");
        let create = ["--username", "postgres", "--auth", "trust", "--no-sync"];
        server.program("initdb", create.into_iter().chain(["--pgdata", server.directory()?]))?.stdout_null().run()?;
        server.restart()?;
        Ok(server)
    }

    /// Its address.
    pub fn url(&self) -> String {
        format!("postgres://postgres@127.0.0.1:{}/postgres", self.port)
    }

    /// Its address with an encrypted connection, for which the certificate is verified with the authorities in a file.
    pub fn url_with_tls(&self, host: &str, authorities: &Path) -> String {
        let parameters = format!("sslmode=verify-full&sslrootcert={}", authorities.display());
        format!("postgres://postgres:{PASSWORD}@{host}:{}/postgres?{parameters}", self.port)
    }

    /// Starts it again after [`stop`](Self::stop).
    pub fn restart(&self) -> Outcome {
        self.start_with("")
    }

    /// Starts it again with a certificate for `localhost`, and returns the authority that issued it, in PEM.
    pub fn restart_with_tls(&self) -> Outcome<String> {
        self.stop()?;
        let authority = write_certificate(self.data.path(), &["localhost"])?;
        for file in [CERTIFICATE, KEY] {
            let file = self.data.path().join(file);
            // PostgreSQL rejects a key that others can read.
            cmd!("chmod", "600", &file).run()?;
            if is_root()? {
                cmd!("chown", "postgres", &file).run()?;
            }
        }
        self.start_with(&format!("-c ssl=on -c ssl_cert_file={CERTIFICATE} -c ssl_key_file={KEY}"))?;
        Ok(authority)
    }

    fn start_with(&self, options: &str) -> Outcome {
        let options = format!("-p {} -c listen_addresses=127.0.0.1 -c unix_socket_directories= {options}", self.port);
        let log = self.data.path().join("log");
        let log = log.to_str().ok_or("the path of the temporary directory is not UTF-8")?;
        let start = ["start", "--wait", "--pgdata", self.directory()?, "--options", &options, "--log", log];
        self.program("pg_ctl", start)?.stdout_null().run()?;
        Ok(())
    }

    /// Breaks all connections.
    pub fn stop(&self) -> Outcome {
        let stop = ["stop", "--mode", "immediate", "--pgdata", self.directory()?];
        self.program("pg_ctl", stop)?.stdout_null().stderr_null().run()?;
        Ok(())
    }

    /// Runs SQL, and returns the values that it prints.
    pub fn query(&self, sql: &str) -> Outcome<String> {
        let psql = self.programs.join("psql");
        Ok(cmd!(psql, "--no-align", "--tuples-only", "--quiet", "--command", sql, self.url()).read()?)
    }

    fn directory(&self) -> Outcome<&str> {
        Ok(self.data.path().to_str().ok_or("the path of the temporary directory is not UTF-8")?)
    }

    /// PostgreSQL does not run as root.
    fn program<'a>(&self, name: &str, arguments: impl IntoIterator<Item = &'a str>) -> Outcome<Expression> {
        let program = self.programs.join(name);
        let arguments = arguments.into_iter().map(String::from);
        if !is_root()? {
            return Ok(cmd(program, arguments));
        }
        let program = program.to_str().ok_or("the path of PostgreSQL is not UTF-8")?.to_owned();
        let prefix = ["--user", "postgres", "--"].map(String::from).into_iter().chain([program]);
        // The temporary directory may be in a folder that only root can read.
        Ok(cmd("runuser", prefix.chain(arguments)).dir("/"))
    }
}

impl Drop for Postgres {
    fn drop(&mut self) {
        // At worst it has stopped already.
        let _ = self.stop();
    }
}

fn is_root() -> Outcome<bool> {
    Ok(cmd!("id", "--user").read()? == "0")
}

/// The folder with the newest version's programs.
fn programs() -> Outcome<PathBuf> {
    let found = || {
        let versions = std::fs::read_dir("/usr/lib/postgresql").ok()?;
        let folders = versions.flatten().map(|version| version.path().join("bin"));
        folders.filter(|folder| Path::new(folder).join("initdb").exists()).max()
    };
    if let Some(folder) = found() {
        return Ok(folder);
    }
    announce("install PostgreSQL");
    let installed = cmd!("apt-get", "install", "--yes", "--no-install-recommends", "postgresql").run();
    match (installed, found()) {
        (Ok(_), Some(folder)) => Ok(folder),
        _ => Err("this machine lacks PostgreSQL, and apt-get cannot install it here".into()),
    }
}
