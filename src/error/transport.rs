//! The call that an error belongs to.

/// The call that an error belongs to.
///
/// ```no_run
/// # async fn run(explorer: nebula_explorer::Explorer) {
/// if let Err(error) = explorer.job(107).get().await
///     && let Some(call) = error.call()
/// {
///     println!("{} at {} failed after {} attempts", call.operation, call.url, call.attempts);
/// }
/// # }
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct CallContext {
    /// The operation, by its `operationId`.
    pub operation: &'static str,
    /// The address of the server.
    pub url: String,
    /// The id under which the server traces the call, from the header `Traceparent`; `None` if no response arrived.
    pub trace_id: Option<String>,
    /// How many times the request was sent.
    pub attempts: u32,
}

impl CallContext {
    pub(crate) fn new(operation: &'static str, url: &str) -> Self {
        Self { operation, url: url.into(), trace_id: None, attempts: 1 }
    }

    pub(crate) fn traced(self, trace_id: Option<String>) -> Self {
        Self { trace_id, ..self }
    }

    /// What the text of an error begins with.
    pub(crate) fn prefix(&self) -> String {
        match self.attempts {
            0 | 1 => format!("{}: ", self.operation),
            attempts => format!("{} ({attempts} attempts): ", self.operation),
        }
    }
}
