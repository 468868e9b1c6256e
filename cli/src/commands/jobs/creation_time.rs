//! Times of creation on the command line.

use jiff::Span;
use jiff::civil::DateTime;
use nebula_explorer::{Explorer, Timestamp};

use crate::error::CliError;
use crate::output::time::local_zone;

/// A time, or how long ago it was.
#[derive(Clone)]
pub enum CreationTime {
    At(Timestamp),
    /// Before the present time of the server, by whose clock jobs are created.
    Ago(Span),
}

impl CreationTime {
    /// A time, the start of a day in the local time zone, or a duration.
    pub fn parse(text: &str) -> Result<Self, String> {
        if let Ok(time) = text.parse() {
            return Ok(Self::At(time));
        }
        if let Ok(local) = text.parse::<DateTime>() {
            let zoned = local.to_zoned_datetime(local_zone());
            return zoned.map(|time| Self::At(time.timestamp())).map_err(|error| error.to_string());
        }
        let ago: Span = text
            .parse()
            .map_err(|_| "must be like 2h for two hours ago, 2026-11-24, or 2026-11-24T08:00:00Z".to_string())?;
        Ok(Self::Ago(ago.abs()))
    }

    pub async fn on_server(&self, explorer: &Explorer) -> Result<Timestamp, CliError> {
        let ago = match self {
            Self::At(time) => return Ok(*time),
            Self::Ago(ago) => *ago,
        };
        if explorer.server_time().is_none() {
            // With a stored token nothing has been sent yet. Any response shows the time.
            explorer.jobs().page_size(1).await?;
        }
        let now = explorer.server_time().unwrap_or_else(Timestamp::now).to_zoned_datetime(local_zone());
        let time = now.checked_sub(ago).map_err(|error| CliError::Usage(error.to_string()))?;
        Ok(time.timestamp())
    }
}
