//! The store that processes and machines share: a file of SQLite, or a PostgreSQL server.

#[cfg(feature = "sqlite")]
use std::path::PathBuf;
use std::str::FromStr as _;
use std::sync::Arc;
use std::time::Duration;

use futures_util::future::{BoxFuture, FutureExt as _};
use jiff::Timestamp;
use reqwest::Url;
use secrecy::{ExposeSecret as _, SecretString};
use sqlx::any::{AnyArguments, AnyConnectOptions, AnyPoolOptions, AnyRow};
use sqlx::error::BoxDynError;
use sqlx::migrate::{MigrateError, Migration, MigrationSource, MigrationType, Migrator};
use sqlx::query::Query;
#[cfg(feature = "sqlite")]
use sqlx::sqlite::SqliteConnectOptions;
use sqlx::{Any, AnyPool, Executor as _, Row as _};
use tokio::sync::OnceCell;
use tokio::time::{sleep, timeout};

use crate::workflows::store::{
    Baseline, StoreError, StoreFuture, Submission, SubmissionFilter, SubmissionState, SubmissionStore,
};

/// Records submissions in a database, which processes share, and with PostgreSQL also machines. Cheap to clone; all clones share
/// their connections.
///
/// The database is opened when it is used first, and its table is created or migrated then. A database that does not respond is
/// tried for five seconds.
///
/// ```
/// use std::sync::Arc;
/// use nebula_explorer::{Explorer, SqlStore};
///
/// # fn run() -> Result<(), nebula_explorer::StoreError> {
/// let store = SqlStore::new("sqlite:///var/lib/scheduler/submissions.db")?;
/// let builder = Explorer::builder("http://localhost:7002").submission_store(Arc::new(store));
/// # let _ = builder;
/// # Ok(())
/// # }
/// ```
#[derive(Clone, Debug)]
pub struct SqlStore(Arc<Inner>);

#[derive(Debug)]
struct Inner {
    url: SecretString,
    /// The address without its password.
    shown: String,
    backend: Backend,
    opened: OnceCell<Opened>,
}

#[derive(Debug)]
struct Opened {
    pool: AnyPool,
    /// Which file it is, if it is one.
    file: Option<u64>,
}

#[derive(Clone, Debug)]
enum Backend {
    #[cfg(feature = "sqlite")]
    Sqlite { file: PathBuf },
    #[cfg(feature = "postgres")]
    Postgres,
}

/// How long a database that does not respond is tried.
const PATIENCE: Duration = Duration::from_secs(5);

/// The pause between two tries.
const PAUSE: Duration = Duration::from_millis(100);

/// All columns, in the order in which they are read and written.
const COLUMNS: &str = "id, server, workflow_id, idempotency_key, attempt, input_digest, state, job_id, baseline, owner, \
                       heartbeat, started_at, updated_at";

impl SqlStore {
    /// Starts with the address of the database: `sqlite:///path/of/a/file` with the feature `sqlite`, `postgres://user:password@host/database`
    /// with the feature `postgres`. Opens nothing.
    ///
    /// # Errors
    /// If the address is invalid, or the feature for it is not enabled.
    pub fn new(url: impl Into<SecretString>) -> Result<Self, StoreError> {
        let url = url.into();
        let parsed = Url::parse(url.expose_secret()).map_err(|_| invalid_address())?;
        let backend = match parsed.scheme() {
            #[cfg(feature = "sqlite")]
            "sqlite" if parsed.host().is_none() && parsed.path().len() > 1 => {
                let options = SqliteConnectOptions::from_str(url.expose_secret()).map_err(|_| invalid_address())?;
                Backend::Sqlite { file: options.get_filename().into() }
            }
            #[cfg(feature = "postgres")]
            "postgres" | "postgresql" => Backend::Postgres,
            _ => return Err(invalid_address()),
        };
        sqlx::any::install_default_drivers();
        Ok(Self(Arc::new(Inner { url, shown: without_account(parsed), backend, opened: OnceCell::new() })))
    }

    /// Runs a statement, and returns how many rows it changed.
    async fn execute(&self, sql: &str, values: &[Value]) -> Result<u64, StoreError> {
        let execute = || async {
            let pool = self.0.pool().await?;
            Ok(query(sql, values).execute(pool).await?.rows_affected())
        };
        self.with_patience(execute).await
    }

    /// Runs a statement that changes at most one submission, and returns whether it did.
    async fn change(&self, sql: &str, values: &[Value]) -> Result<bool, StoreError> {
        Ok(self.execute(sql, values).await? > 0)
    }

    async fn read(&self, sql: &str, values: &[Value]) -> Result<Vec<Submission>, StoreError> {
        let read = || async {
            let pool = self.0.pool().await?;
            let rows = query(sql, values).fetch_all(pool).await?;
            Ok(rows.iter().map(submission).collect::<sqlx::Result<_>>()?)
        };
        self.with_patience(read).await
    }

    /// Repeats a statement while the database cannot be reached: every statement of this store has the same effect twice.
    async fn with_patience<T, F>(&self, statement: impl Fn() -> F) -> Result<T, StoreError>
    where
        F: Future<Output = Result<T, Failure>>,
    {
        let mut last = Failure::Silent;
        let repeated = async {
            loop {
                match statement().await {
                    Ok(done) => return Ok(done),
                    Err(failure @ Failure::Temporary(_)) => last = failure,
                    Err(failure) => return Err(failure),
                }
                sleep(PAUSE).await;
            }
        };
        // Around the whole loop: a single statement that fails at once is never too late.
        match timeout(PATIENCE, repeated).await {
            Ok(outcome) => outcome.map_err(|failure| self.0.failed(failure)),
            Err(_) => Err(self.0.failed(last)),
        }
    }
}

/// A value of a statement.
enum Value {
    Text(Option<String>),
    Number(Option<i64>),
}

impl From<&str> for Value {
    fn from(text: &str) -> Self {
        Self::Text(Some(text.into()))
    }
}

impl From<&String> for Value {
    fn from(text: &String) -> Self {
        Self::Text(Some(text.clone()))
    }
}

impl From<&Option<String>> for Value {
    fn from(text: &Option<String>) -> Self {
        Self::Text(text.clone())
    }
}

impl From<SubmissionState> for Value {
    fn from(state: SubmissionState) -> Self {
        state.as_str().into()
    }
}

impl From<i64> for Value {
    fn from(number: i64) -> Self {
        Self::Number(Some(number))
    }
}

fn query<'q>(sql: &'q str, values: &[Value]) -> Query<'q, Any, AnyArguments<'q>> {
    values.iter().fold(sqlx::query(sql), |query, value| match value {
        Value::Text(text) => query.bind(text.clone()),
        Value::Number(number) => query.bind(*number),
    })
}

fn invalid_address() -> StoreError {
    let forms = [
        cfg!(feature = "sqlite").then_some("sqlite:///path/of/a/file"),
        cfg!(feature = "postgres").then_some("postgres://user:password@host/database"),
    ];
    let forms: Vec<&str> = forms.into_iter().flatten().collect();
    StoreError::new(format!("the address of the store must have the form {}", forms.join(" or ")))
}

fn without_account(mut url: Url) -> String {
    // Both fail for an address without a host only, which has no account.
    let _ = url.set_password(None);
    let _ = url.set_username("");
    url.set_query(None);
    url.into()
}

/// Why a statement failed.
enum Failure {
    /// The database cannot be reached, or is locked.
    Temporary(sqlx::Error),
    Permanent(sqlx::Error),
    /// It does not respond.
    Silent,
    FileReplaced,
    /// Its schema has this version.
    NewerSchema(i64),
}

impl From<sqlx::Error> for Failure {
    fn from(error: sqlx::Error) -> Self {
        let is_temporary = match &error {
            error if rejects_certificate(error) => false,
            sqlx::Error::Io(_) | sqlx::Error::PoolTimedOut | sqlx::Error::PoolClosed | sqlx::Error::WorkerCrashed => {
                true
            }
            sqlx::Error::Database(error) => match error.code().as_deref() {
                // SQLITE_BUSY and SQLITE_LOCKED; PostgreSQL's connection exceptions, shutdowns, and too many connections.
                Some("5" | "6" | "261" | "262" | "517" | "53300") => true,
                Some(code) => code.len() == 5 && (code.starts_with("08") || code.starts_with("57P")),
                None => false,
            },
            _ => false,
        };
        if is_temporary { Self::Temporary(error) } else { Self::Permanent(error) }
    }
}

impl Inner {
    async fn pool(&self) -> Result<&AnyPool, Failure> {
        let opened = self.opened.get_or_try_init(|| self.open()).await?;
        if opened.file != self.file() {
            return Err(Failure::FileReplaced);
        }
        Ok(&opened.pool)
    }

    /// Connects, and creates or migrates the table.
    async fn open(&self) -> Result<Opened, Failure> {
        let options = AnyConnectOptions::from_str(&self.address()).map_err(Failure::Permanent)?;
        let pragmas = self.backend.pragmas();
        let pool = AnyPoolOptions::new()
            .max_connections(4)
            // Several times within the patience, so that there is an error to show.
            .acquire_timeout(PATIENCE / 3)
            // It would cost a round trip for each statement; statements are repeated instead.
            .test_before_acquire(false)
            .after_connect(move |connection, _| {
                Box::pin(async move {
                    for pragma in pragmas {
                        connection.execute(*pragma).await?;
                    }
                    Ok(())
                })
            })
            .connect_with(options)
            .await?;
        let migrator = Migrator::new(Migrations).await;
        match async { migrator?.run(&pool).await }.await {
            Ok(()) => Ok(Opened { pool, file: self.file() }),
            Err(MigrateError::VersionMissing(version)) => Err(Failure::NewerSchema(version)),
            // Another process creates the table at the same time, and has done so when this is repeated.
            Err(MigrateError::ExecuteMigration(error, _) | MigrateError::Execute(error)) => {
                Err(Failure::Temporary(error))
            }
            Err(error) => Err(Failure::Permanent(sqlx::Error::Migrate(Box::new(error)))),
        }
    }

    fn address(&self) -> String {
        let url = self.url.expose_secret();
        match &self.backend {
            #[cfg(feature = "sqlite")]
            Backend::Sqlite { .. } if !url.contains('?') => format!("{url}?mode=rwc"),
            _ => url.into(),
        }
    }

    /// The number of the database's file in its file system.
    fn file(&self) -> Option<u64> {
        match &self.backend {
            #[cfg(all(feature = "sqlite", unix))]
            Backend::Sqlite { file } => {
                use std::os::unix::fs::MetadataExt as _;
                std::fs::metadata(file).ok().map(|metadata| metadata.ino())
            }
            #[allow(unreachable_patterns, reason = "on Unix, without PostgreSQL, there is no other")]
            _ => None,
        }
    }

    fn failed(&self, failure: Failure) -> StoreError {
        let (problem, source) = match failure {
            Failure::Permanent(error @ sqlx::Error::Tls(_)) => {
                let problem = "the connection cannot be encrypted: check that the server supports TLS, and the parameters of the \
                               address that begin with `ssl`";
                (problem.into(), Some(error))
            }
            Failure::Permanent(error) if rejects_certificate(&error) => {
                let problem = "its certificate is rejected: check that it is for the host name in the address, and issued by an \
                               authority in the file of `sslrootcert`";
                (problem.into(), Some(error))
            }
            Failure::Temporary(error) | Failure::Permanent(error) => (self.backend.advice().into(), Some(error)),
            Failure::Silent => ("it does not respond".into(), None),
            Failure::FileReplaced => ("its file was deleted or replaced while it is in use".into(), None),
            Failure::NewerSchema(version) => {
                let problem = format!(
                    "a newer version of nebula-explorer has given it schema {version}, and version {} knows schemas up to \
                     {SCHEMA}: use the newer version, or another store for other keys",
                    env!("CARGO_PKG_VERSION"),
                );
                (problem, None)
            }
        };
        let error = StoreError::new(format!("the store {} failed: {problem}", self.shown));
        match source {
            Some(source) => error.caused_by(source),
            None => error,
        }
    }
}

/// Whether the certificate of the server is rejected. The errors of the TLS library are those of input and output with invalid
/// data.
fn rejects_certificate(error: &sqlx::Error) -> bool {
    matches!(error, sqlx::Error::Io(error) if error.kind() == std::io::ErrorKind::InvalidData)
}

impl Backend {
    /// What to check if a statement fails.
    fn advice(&self) -> &'static str {
        match self {
            #[cfg(feature = "sqlite")]
            Self::Sqlite { .. } => "check that its directory exists, is writable and has space",
            #[cfg(feature = "postgres")]
            Self::Postgres => "check that the server is running, and the account",
        }
    }

    /// What a connection begins with.
    fn pragmas(&self) -> &'static [&'static str] {
        match self {
            // Readers and a writer at the same time, and no commit is lost with the power.
            #[cfg(feature = "sqlite")]
            Self::Sqlite { .. } => &["PRAGMA journal_mode = WAL", "PRAGMA synchronous = FULL"],
            #[cfg(feature = "postgres")]
            Self::Postgres => &[],
        }
    }

    /// The time in milliseconds, by the clock that all users of the database share. It never goes back, so that a clock that is set
    /// back does not hide what others do from then on.
    fn now(&self) -> &'static str {
        match self {
            #[cfg(feature = "sqlite")]
            Self::Sqlite { .. } => {
                "MAX(CAST((julianday('now') - 2440587.5) * 86400000 AS INTEGER), \
                 COALESCE((SELECT MAX(updated_at) FROM submissions), 0))"
            }
            #[cfg(feature = "postgres")]
            Self::Postgres => {
                "GREATEST(CAST(EXTRACT(EPOCH FROM clock_timestamp()) * 1000 AS BIGINT), \
                 (SELECT MAX(updated_at) FROM submissions))"
            }
        }
    }
}

/// The newest version of the schema.
const SCHEMA: i64 = 1;

/// The versions of the schema.
#[derive(Debug)]
struct Migrations;

impl MigrationSource<'static> for Migrations {
    fn resolve(self) -> BoxFuture<'static, Result<Vec<Migration>, BoxDynError>> {
        let sql = include_str!("migrations/1_submissions.sql");
        let first = Migration::new(SCHEMA, "submissions".into(), MigrationType::Simple, sql.into(), false);
        async { Ok(vec![first]) }.boxed()
    }
}

fn submission(row: &AnyRow) -> sqlx::Result<Submission> {
    let time = |index: usize| -> sqlx::Result<Timestamp> {
        Timestamp::from_millisecond(row.try_get(index)?).map_err(|error| sqlx::Error::Decode(error.into()))
    };
    let state: String = row.try_get(6)?;
    let baseline: Option<String> = row.try_get(8)?;
    let baseline = baseline.map(|text| serde_json::from_str(&text)).transpose();
    Ok(Submission {
        id: row.try_get(0)?,
        server: row.try_get(1)?,
        workflow_id: row.try_get(2)?,
        key: row.try_get(3)?,
        attempt: row.try_get(4)?,
        input_digest: row.try_get(5)?,
        state: state.parse().map_err(|problem: String| sqlx::Error::Decode(problem.into()))?,
        job_id: row.try_get(7)?,
        baseline: baseline.map_err(|error| sqlx::Error::Decode(error.into()))?,
        owner: row.try_get(9)?,
        heartbeat: row.try_get(10)?,
        started_at: time(11)?,
        updated_at: time(12)?,
    })
}

impl SubmissionStore for SqlStore {
    fn begin<'a>(&'a self, submission: &'a Submission) -> StoreFuture<'a, Submission> {
        let now = self.0.backend.now();
        let insert = format!(
            "INSERT INTO submissions ({COLUMNS}) VALUES ($1, $2, $3, $4, $5, $6, $7, NULL, NULL, $8, 0, {now}, {now}) \
             ON CONFLICT DO NOTHING RETURNING {COLUMNS}"
        );
        let latest = format!(
            "SELECT {COLUMNS} FROM submissions WHERE server = $1 AND idempotency_key = $2 ORDER BY attempt DESC LIMIT 1"
        );
        let Submission { id, server, workflow_id, key, attempt, input_digest, owner, .. } = submission;
        async move {
            let state = SubmissionState::Preparing.into();
            let values = [
                id.into(),
                server.into(),
                (*workflow_id).into(),
                key.into(),
                (*attempt).into(),
                input_digest.into(),
                state,
                owner.into(),
            ];
            loop {
                if let Some(own) = self.read(&insert, &values).await?.pop() {
                    return Ok(own);
                }
                // It may have been released meanwhile.
                if let Some(latest) = self.read(&latest, &[server.into(), key.into()]).await?.pop() {
                    return Ok(latest);
                }
            }
        }
        .boxed()
    }

    fn start_sending<'a>(
        &'a self,
        submission: &'a Submission,
        baseline: Option<&'a Baseline>,
    ) -> StoreFuture<'a, bool> {
        let sql = format!(
            "UPDATE submissions SET state = $1, baseline = $2, heartbeat = heartbeat + 1, updated_at = {} \
             WHERE id = $3 AND owner = $4",
            self.0.backend.now(),
        );
        let Submission { id, owner, .. } = submission;
        async move {
            let baseline = baseline.map(serde_json::to_string).transpose();
            let baseline = baseline.map_err(|error| StoreError::new("the baseline is not JSON").caused_by(error))?;
            let values = [SubmissionState::Sending.into(), (&baseline).into(), id.into(), owner.into()];
            self.change(&sql, &values).await
        }
        .boxed()
    }

    fn renew<'a>(&'a self, submission: &'a Submission) -> StoreFuture<'a, bool> {
        let sql = format!(
            "UPDATE submissions SET heartbeat = heartbeat + 1, updated_at = {} WHERE id = $1 AND owner = $2",
            self.0.backend.now(),
        );
        let Submission { id, owner, .. } = submission;
        async move { self.change(&sql, &[id.into(), owner.into()]).await }.boxed()
    }

    fn take_over<'a>(&'a self, seen: &'a Submission, owner: &'a str) -> StoreFuture<'a, bool> {
        let sql = format!(
            "UPDATE submissions SET owner = $1, updated_at = {} \
             WHERE id = $2 AND owner = $3 AND heartbeat = $4 AND job_id IS NULL",
            self.0.backend.now(),
        );
        let values = [owner.into(), (&seen.id).into(), (&seen.owner).into(), seen.heartbeat.into()];
        async move { self.change(&sql, &values).await }.boxed()
    }

    fn record_job<'a>(&'a self, submission: &'a Submission, job_id: i64) -> StoreFuture<'a, bool> {
        let sql = format!(
            "UPDATE submissions SET state = $1, job_id = $2, baseline = NULL, updated_at = {} WHERE id = $3 AND owner = $4",
            self.0.backend.now(),
        );
        let Submission { id, owner, .. } = submission;
        let values = [SubmissionState::Recorded.into(), job_id.into(), id.into(), owner.into()];
        async move { self.change(&sql, &values).await }.boxed()
    }

    fn release<'a>(&'a self, submission: &'a Submission) -> StoreFuture<'a, ()> {
        let sql = "DELETE FROM submissions WHERE id = $1 AND owner = $2 AND job_id IS NULL";
        let Submission { id, owner, .. } = submission;
        async move { self.change(sql, &[id.into(), owner.into()]).await.map(|_| ()) }.boxed()
    }

    fn abandon(&self, submission: &Submission) {
        let Ok(runtime) = tokio::runtime::Handle::try_current() else { return };
        let (store, Submission { id, owner, .. }) = (self.clone(), submission.clone());
        let not_sent = "DELETE FROM submissions WHERE id = $1 AND owner = $2 AND state = $3";
        let sent = "UPDATE submissions SET state = $4 WHERE id = $1 AND owner = $2 AND state = $3";
        let (preparing, sending) = (SubmissionState::Preparing, SubmissionState::Sending);
        runtime.spawn(async move {
            // If this fails, the heartbeat stops all the same.
            let _ = store.change(not_sent, &[(&id).into(), (&owner).into(), preparing.into()]).await;
            let abandoned = SubmissionState::Abandoned.into();
            let _ = store.change(sent, &[(&id).into(), (&owner).into(), sending.into(), abandoned]).await;
        });
    }

    fn others<'a>(&'a self, submission: &'a Submission, since: Timestamp) -> StoreFuture<'a, Vec<Submission>> {
        let sql = format!(
            "SELECT {COLUMNS} FROM submissions WHERE server = $1 AND workflow_id = $2 AND updated_at >= $3 AND id <> $4"
        );
        let Submission { id, server, workflow_id, .. } = submission;
        let values = [server.into(), (*workflow_id).into(), since.as_millisecond().into(), id.into()];
        async move { self.read(&sql, &values).await }.boxed()
    }

    fn list<'a>(&'a self, filter: &'a SubmissionFilter) -> StoreFuture<'a, Vec<Submission>> {
        let sql = format!("SELECT {COLUMNS} FROM submissions WHERE {MATCHES} ORDER BY started_at DESC, id LIMIT $5");
        let limit = Value::Number(Some(filter.limit.map_or(i64::MAX, i64::from)));
        async move {
            let values: Vec<Value> = matched(filter).into_iter().chain([limit]).collect();
            self.read(&sql, &values).await
        }
        .boxed()
    }

    fn delete<'a>(&'a self, filter: &'a SubmissionFilter) -> StoreFuture<'a, u64> {
        let sql = format!("DELETE FROM submissions WHERE {MATCHES}");
        async move { self.execute(&sql, &matched(filter)).await }.boxed()
    }
}

/// The condition of a filter, with its values as the first four parameters.
const MATCHES: &str = "(CAST($1 AS TEXT) IS NULL OR idempotency_key = $1) AND (CAST($2 AS TEXT) IS NULL OR state = $2) \
                       AND (CAST($3 AS BIGINT) IS NULL OR workflow_id = $3) \
                       AND (CAST($4 AS BIGINT) IS NULL OR updated_at < $4)";

fn matched(filter: &SubmissionFilter) -> [Value; 4] {
    [
        (&filter.key).into(),
        Value::Text(filter.state.map(|state| state.as_str().into())),
        Value::Number(filter.workflow_id),
        Value::Number(filter.updated_before.map(Timestamp::as_millisecond)),
    ]
}
