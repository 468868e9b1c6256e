//! Rows that do not match the requested type.

/// A row that does not match the requested type.
///
/// ```no_run
/// # async fn run(job: nebula_explorer::JobHandle) {
/// let ranks = job.task("f93dea90fc3a11ecac7e6da0662c195b").rows::<(String, f64)>().await;
/// if let Err(nebula_explorer::Error::Row(error)) = ranks {
///     println!("row {}, column {:?}: {}", error.row, error.column, error.problem);
/// }
/// # }
/// ```
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{}: {problem}", self.place())]
#[non_exhaustive]
pub struct RowError {
    /// The number of the row, from 1.
    pub row: usize,
    /// The number of the column, from 1; `None` if the row as a whole does not match.
    pub column: Option<usize>,
    /// The value.
    pub value: Option<String>,
    /// Why it does not match.
    pub problem: String,
    /// The id under which the server traces the call that returned the rows.
    pub trace_id: Option<String>,
}

impl RowError {
    fn place(&self) -> String {
        let column = self.column.map(|column| format!(", column {column}")).unwrap_or_default();
        let value = self.value.as_ref().map(|value| format!(" ({value})")).unwrap_or_default();
        format!("row {}{column}{value}", self.row)
    }
}
