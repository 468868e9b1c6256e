//! From what the generated client returns to data or an error of the SDK.

use bytes::Bytes;
use progenitor_client::ResponseValue;
use serde::de::DeserializeOwned;

use crate::contract::generated::{self, Client, types};
use crate::contract::operations::fields;
use crate::error::{ApiError, Error};

/// The result of a call of the generated client.
pub(crate) type Outcome<T> = Result<ResponseValue<T>, generated::Error<types::ErrorEnvelope>>;

/// The outermost object of a body, as a place in it.
pub(crate) const OUTERMOST: &str = "the outermost object";

/// The result of the one call that `client` is for. A response that does not match is parsed once more, to find the place.
pub(crate) fn finish<T: DeserializeOwned>(client: &Client, outcome: Outcome<T>) -> Result<ResponseValue<T>, Error> {
    outcome.map_err(|error| match error {
        generated::Error::InvalidResponsePayload(body, error) => {
            let (place, problem) = mismatch::<T>(&body).unwrap_or_else(|| (OUTERMOST.into(), error.to_string()));
            invalid_response(client, place, problem)
        }
        error => client.error(error),
    })
}

/// The body of a response that does not match the contract.
pub(crate) fn mismatched<T>(outcome: &Outcome<T>) -> Option<&Bytes> {
    match outcome {
        Err(generated::Error::InvalidResponsePayload(body, _)) => Some(body),
        _ => None,
    }
}

/// The data of an envelope, which a success may leave out. For calls that need it.
pub(crate) fn data<T>(client: &Client, data: Option<T>) -> Result<T, Error> {
    data.ok_or_else(|| invalid_response(client, fields::DATA.into(), "a success without data".into()))
}

impl Client {
    /// The SDK's error for one of the generated client. Meant for operations that the SDK has no method for yet; see
    /// [`Explorer::client`](crate::Explorer::client).
    ///
    /// The generated client does not say which of its calls returned a response that does not match the contract, so for that
    /// error the operation is not known.
    pub fn error(&self, error: generated::Error<types::ErrorEnvelope>) -> Error {
        match error {
            // The hooks put an error of the SDK there.
            generated::Error::UnexpectedResponse(mut response) => {
                response.extensions_mut().remove::<Error>().unwrap_or_else(|| {
                    let problem = format!("HTTP {}", response.status().as_u16());
                    invalid_response(self, "the status".into(), problem)
                })
            }
            generated::Error::InvalidResponsePayload(_, error) => {
                let place = format!("line {} column {}", error.line(), error.column());
                invalid_response(self, place, error.to_string())
            }
            // The hooks make an error of every error code, so that this one does not occur.
            generated::Error::ErrorResponse(response) => {
                let (http_status, body) = (response.status().as_u16(), response.into_inner());
                let call = self.inner.call_context();
                Error::Api(Box::new(ApiError::new(body.code, Some(body.message), body.details, http_status, call)))
            }
            generated::Error::InvalidRequest(problem) | generated::Error::Custom(problem) => {
                Error::InvalidInput(problem)
            }
            generated::Error::CommunicationError(error)
            | generated::Error::InvalidUpgrade(error)
            | generated::Error::ResponseBodyError(error) => {
                let timeout = self.inner.shared.transport.request_timeout;
                Error::from_transport(error, self.inner.call_context(), timeout)
            }
        }
    }
}

fn invalid_response(client: &Client, place: String, problem: String) -> Error {
    Error::invalid_response(client.inner.call_context(), place, client.inner.redactor(None).redact(&problem))
}

/// Where a body does not match `T`, and how.
fn mismatch<T: DeserializeOwned>(body: &Bytes) -> Option<(String, String)> {
    let mut json = serde_json::Deserializer::from_slice(body);
    let error = serde_path_to_error::deserialize::<_, T>(&mut json).err()?;
    let path = error.path().to_string();
    // A text that ends too early leaves a field whose name is not known: `data.?`.
    let place = match path.trim_end_matches(".?") {
        "." | "?" => OUTERMOST,
        place => place,
    };
    Some((place.to_string(), error.into_inner().to_string()))
}
