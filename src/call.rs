//! What the generated client answers, in this crate's words.

use bytes::Bytes;
use progenitor_client::ResponseValue;
use serde::de::DeserializeOwned;

use crate::error::{Error, InvalidAnswer, Refusal};
use crate::generated::{self, Client, types};
use crate::operations::Security;

/// What a call of the generated client gives.
pub(crate) type Outcome<T> = Result<ResponseValue<T>, generated::Error<types::ErrorResponse>>;

/// Takes the outcome of the last call of `client`. An answer that does not fit is read once more, for the place.
pub(crate) fn finish<T: DeserializeOwned>(client: &Client, outcome: Outcome<T>) -> Result<ResponseValue<T>, Error> {
    outcome.map_err(|error| match error {
        generated::Error::InvalidResponsePayload(body, _) => match misfit::<T>(&body) {
            Some((place, problem)) => invalid(client, place, problem),
            None => invalid(client, "?".into(), "it fits at a second look".into()),
        },
        error => client.error(error),
    })
}

impl Client {
    /// Finds the words for an error of the last call that this client made. Meant for operations that the thin layer does not
    /// know yet; see [`Explorer::client`](crate::Explorer::client).
    pub fn error(&self, error: generated::Error<types::ErrorResponse>) -> Error {
        match error {
            generated::Error::ErrorResponse(response) => {
                let seen = self.inner.seen();
                let http_status = response.status().as_u16();
                let refusal = Refusal::new(response.into_inner(), seen.operation_id(), http_status, seen.trace_id());
                match seen.operation.map(|operation| operation.security) {
                    Some(Security::Account) => Error::SignInRefused(Box::new(refusal)),
                    _ => Error::Refused(Box::new(refusal)),
                }
            }
            // Where the hooks have put an error of ours.
            generated::Error::UnexpectedResponse(mut response) => response
                .extensions_mut()
                .remove::<Error>()
                .unwrap_or_else(|| invalid(self, "status".into(), format!("HTTP {}", response.status().as_u16()))),
            generated::Error::InvalidResponsePayload(_, error) => {
                invalid(self, format!("line {} column {}", error.line(), error.column()), error.to_string())
            }
            generated::Error::InvalidRequest(problem) | generated::Error::Custom(problem) => Error::Usage(problem),
            generated::Error::CommunicationError(error)
            | generated::Error::InvalidUpgrade(error)
            | generated::Error::ResponseBodyError(error) => {
                self.inner.transport_error(self.inner.seen().operation_id(), error)
            }
        }
    }
}

pub(crate) fn invalid(client: &Client, place: String, problem: String) -> Error {
    let seen = client.inner.seen();
    Error::InvalidAnswer(Box::new(InvalidAnswer {
        operation: seen.operation_id(),
        place,
        problem: client.inner.redact(problem),
        trace_id: seen.trace_id(),
    }))
}

/// Where a body does not fit `T`, and how.
fn misfit<T: DeserializeOwned>(body: &Bytes) -> Option<(String, String)> {
    let mut json = serde_json::Deserializer::from_slice(body);
    let error = serde_path_to_error::deserialize::<_, T>(&mut json).err()?;
    let path = error.path().to_string();
    // A text that ends too early leaves a field whose name is not known: `data.?`.
    let place = match path.trim_end_matches(".?") {
        "." | "?" => "the outermost object",
        place => place,
    };
    Some((place.to_string(), error.into_inner().to_string()))
}
