//! What the documentation of the API leaves open, and how one server decides it.

use std::fmt;
use std::str::FromStr;
use std::time::Duration;

use clap::{Args, ValueEnum};
use rand::rngs::StdRng;
use rand::seq::IndexedRandom as _;
use rand::{RngExt as _, SeedableRng as _};
use serde::{Serialize, Serializer};
use serde_json::Value;

use crate::defaults;

/// What the documentation of the API leaves open, and how one server decides it. Each field is an option of the program.
///
/// [`Display`](fmt::Display) shows the options that reproduce a behaviour:
///
/// ```
/// use nebula_explorer_emulator::{Behaviour, FilterBounds};
///
/// let behaviour = Behaviour { filter_bounds: FilterBounds::Exclusive, max_page_size: Some(20), ..Behaviour::default() };
/// assert_eq!(behaviour.to_string(), "--filter-bounds exclusive --max-page-size 20");
/// ```
#[derive(Args, Clone, Debug, Default, PartialEq, Serialize)]
#[command(next_help_heading = "Behaviour that the documentation leaves open")]
#[serde(rename_all = "kebab-case")]
pub struct Behaviour {
    /// How start and end times are represented before they are known
    #[arg(long, value_enum, value_name = "FORM", default_value_t)]
    pub absent_times: AbsentTimes,

    /// How job ids are represented
    #[arg(long, value_enum, value_name = "FORM", default_value_t)]
    pub job_ids: JobIds,

    /// The error for an id that does not exist
    #[arg(long, value_enum, value_name = "FORM", default_value_t)]
    pub missing_ids: MissingIds,

    /// The precision in which the times of jobs are stored, and compared with a filter
    #[arg(long, value_enum, value_name = "PRECISION", default_value_t)]
    pub stored_times: Precision,

    /// The precision in which the times of jobs are shown
    #[arg(long, value_enum, value_name = "PRECISION", default_value_t)]
    pub shown_times: Precision,

    /// Whether the filter of a list is applied
    #[arg(long, value_enum, value_name = "FORM", default_value_t)]
    pub filters: Filters,

    /// Whether the bounds of creation times in a filter are part of the range
    #[arg(long, value_enum, value_name = "FORM", default_value_t)]
    pub filter_bounds: FilterBounds,

    /// Whether the name in a filter must be the whole name of a job
    #[arg(long, value_enum, value_name = "FORM", default_value_t)]
    pub filter_names: FilterNames,

    /// What is done with unknown fields of a filter
    #[arg(long, value_enum, value_name = "FORM", default_value_t)]
    pub unknown_filters: UnknownFilters,

    /// How long after its creation a job appears in lists, in emulated time
    #[arg(long, value_name = "SECONDS", value_parser = seconds)]
    #[serde(serialize_with = "as_seconds")]
    pub list_delay: Option<Duration>,

    /// The largest page of a list, whatever a request asks for
    #[arg(long, value_name = "JOBS", value_parser = clap::value_parser!(u32).range(1..))]
    pub max_page_size: Option<u32>,

    /// The total number of jobs that a page of a list states
    #[arg(long, value_enum, value_name = "FORM", default_value_t)]
    pub totals: Totals,

    /// The cookies that a sign-in sets
    #[arg(long, value_enum, value_name = "FORM", default_value_t)]
    pub cookies: Cookies,

    /// Close connections without a request for this long, in real time
    #[arg(long, value_name = "SECONDS", value_parser = seconds)]
    #[serde(serialize_with = "as_seconds")]
    pub idle_timeout: Option<Duration>,

    /// The header `Date`: `correct`, `missing`, or how many seconds it is ahead
    #[arg(long, value_name = "FORM", default_value_t, allow_hyphen_values = true)]
    pub date: DateHeader,

    /// The code of a success
    #[arg(long, value_enum, value_name = "CODE", default_value_t)]
    pub success_code: SuccessCode,

    /// Leave out the data of a successful sign-in or cancellation
    #[arg(long)]
    pub omit_data: bool,

    /// Send errors with HTTP status 200
    #[arg(long)]
    pub errors_in_success: bool,

    /// Reject four of five requests to an operation with an empty 503 after sixty 500s within ten seconds
    #[arg(long)]
    pub circuit_breaker: bool,

    /// How many sessions an account may have in the graph service; they end after 30 minutes without use
    #[arg(long, value_name = "SESSIONS")]
    pub session_limit: Option<usize>,

    /// The response to cancelling a job that is stopping already
    #[arg(long, value_enum, value_name = "FORM", default_value_t)]
    pub repeated_cancels: RepeatedCancels,

    /// Run a failed job once more, this long after it has ended and in emulated time
    #[arg(long, value_name = "SECONDS", value_parser = seconds)]
    #[serde(serialize_with = "as_seconds")]
    pub rerun_after: Option<Duration>,
}

impl Behaviour {
    /// A behaviour drawn at random; the same seed gives the same one.
    pub fn random(seed: u64) -> Self {
        let mut draw = Draw(StdRng::seed_from_u64(seed));
        Self {
            absent_times: draw.variant(),
            job_ids: draw.variant(),
            missing_ids: draw.variant(),
            stored_times: draw.variant(),
            shown_times: draw.variant(),
            filters: draw.variant(),
            filter_bounds: draw.variant(),
            filter_names: draw.variant(),
            unknown_filters: draw.variant(),
            list_delay: draw.one_of([None, Some(Duration::from_secs(2)), Some(LONG_LIST_DELAY)]),
            max_page_size: draw.one_of([None, Some(SMALL_PAGE), Some(50)]),
            totals: draw.variant(),
            cookies: draw.variant(),
            idle_timeout: draw.one_of([None, Some(SHORT_IDLE_TIMEOUT), Some(Duration::from_secs(5))]),
            date: draw.one_of([
                DateHeader::Correct,
                DateHeader::Missing,
                DateHeader::Ahead(WRONG_DATE),
                DateHeader::Ahead(-WRONG_DATE),
            ]),
            success_code: draw.variant(),
            omit_data: draw.flag(),
            errors_in_success: draw.flag(),
            circuit_breaker: draw.flag(),
            session_limit: draw.one_of([None, Some(defaults::SESSION_LIMIT)]),
            repeated_cancels: draw.variant(),
            rerun_after: draw.one_of([None, Some(RERUN_AFTER)]),
        }
    }

    /// The most hostile combination that the documentation allows.
    pub fn worst() -> Self {
        Self {
            absent_times: AbsentTimes::Empty,
            job_ids: JobIds::Text,
            missing_ids: MissingIds::InternalServer,
            stored_times: Precision::Milliseconds,
            shown_times: Precision::Seconds,
            filters: Filters::Ignored,
            filter_bounds: FilterBounds::Exclusive,
            filter_names: FilterNames::Part,
            unknown_filters: UnknownFilters::Rejected,
            list_delay: Some(LONG_LIST_DELAY),
            max_page_size: Some(SMALL_PAGE),
            totals: Totals::Zero,
            cookies: Cookies::Several,
            idle_timeout: Some(SHORT_IDLE_TIMEOUT),
            date: DateHeader::Ahead(WRONG_DATE),
            success_code: SuccessCode::TwoHundred,
            omit_data: true,
            errors_in_success: true,
            circuit_breaker: true,
            session_limit: Some(defaults::SESSION_LIMIT),
            repeated_cancels: RepeatedCancels::Declined,
            rerun_after: Some(RERUN_AFTER),
        }
    }
}

/// Below the grace period within which the SDK looks for a lost job.
const LONG_LIST_DELAY: Duration = Duration::from_secs(20);
const SMALL_PAGE: u32 = 7;
const SHORT_IDLE_TIMEOUT: Duration = Duration::from_millis(300);
/// One hour, like a wrong time zone.
const WRONG_DATE: i64 = 3600;
const RERUN_AFTER: Duration = Duration::from_secs(5);

/// Which behaviour the emulator has as a whole.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
#[non_exhaustive]
pub enum BehaviourProfile {
    /// Drawn at random, reproducible by the seed.
    Random,
    /// The most hostile one.
    Worst,
}

/// The command-line options that reproduce the behaviour; nothing for the default.
impl fmt::Display for Behaviour {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let options = |behaviour: &Self| match serde_json::to_value(behaviour) {
            Ok(Value::Object(fields)) => Ok(fields),
            _ => Err(fmt::Error),
        };
        let default = options(&Self::default())?;
        let mut options = options(self)?;
        options.retain(|name, value| default.get(name) != Some(value));
        for (index, (name, value)) in options.iter().enumerate() {
            let blank = if index == 0 { "" } else { " " };
            match value {
                Value::Bool(_) => write!(f, "{blank}--{name}")?,
                Value::String(value) => write!(f, "{blank}--{name} {value}")?,
                value => write!(f, "{blank}--{name} {value}")?,
            }
        }
        Ok(())
    }
}

/// How start and end times are represented before the job or task has started or ended.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, ValueEnum)]
#[serde(rename_all = "kebab-case")]
#[non_exhaustive]
pub enum AbsentTimes {
    /// `0` for a job, whose times are numbers, and an empty string for a task, whose times are strings.
    #[default]
    Typed,
    /// The field is left out.
    Missing,
    /// `null`.
    Null,
    /// `0`, for jobs and tasks.
    Zero,
    /// An empty string, for jobs and tasks.
    Empty,
}

/// How job ids are represented: the documentation has both forms.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, ValueEnum)]
#[serde(rename_all = "kebab-case")]
#[non_exhaustive]
pub enum JobIds {
    /// A number.
    #[default]
    Number,
    /// The number in a string.
    Text,
}

/// The error for the id of a resource that does not exist.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, ValueEnum)]
#[serde(rename_all = "kebab-case")]
#[non_exhaustive]
pub enum MissingIds {
    /// `ErrNotFound`, with the missing resource in `details`.
    #[default]
    NotFound,
    /// `ErrInternalServer`, without details.
    InternalServer,
}

/// The precision of times.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, ValueEnum)]
#[serde(rename_all = "kebab-case")]
#[non_exhaustive]
pub enum Precision {
    /// Milliseconds.
    #[default]
    Milliseconds,
    /// Whole seconds, as a number of milliseconds.
    Seconds,
}

/// Whether the filter of a list is applied.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, ValueEnum)]
#[serde(rename_all = "kebab-case")]
#[non_exhaustive]
pub enum Filters {
    /// It is applied.
    #[default]
    Applied,
    /// It is ignored as a whole, including the order.
    Ignored,
}

/// Whether the bounds of creation times in a filter are part of the range.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, ValueEnum)]
#[serde(rename_all = "kebab-case")]
#[non_exhaustive]
pub enum FilterBounds {
    /// Both bounds are.
    #[default]
    Inclusive,
    /// Neither is.
    Exclusive,
}

/// Which jobs match the name in a filter.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, ValueEnum)]
#[serde(rename_all = "kebab-case")]
#[non_exhaustive]
pub enum FilterNames {
    /// Those whose name it is.
    #[default]
    Whole,
    /// Those whose name contains it.
    Part,
}

/// What is done with unknown fields of a filter.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, ValueEnum)]
#[serde(rename_all = "kebab-case")]
#[non_exhaustive]
pub enum UnknownFilters {
    /// They are ignored.
    #[default]
    Ignored,
    /// The request is rejected with `ErrParam`.
    Rejected,
}

/// The total number of jobs that a page of a list states.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, ValueEnum)]
#[serde(rename_all = "kebab-case")]
#[non_exhaustive]
pub enum Totals {
    /// All matching jobs.
    #[default]
    All,
    /// The jobs of the page.
    Page,
    /// 0.
    Zero,
}

/// The cookies that a sign-in sets.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, ValueEnum)]
#[serde(rename_all = "kebab-case")]
#[non_exhaustive]
pub enum Cookies {
    /// The session cookie with its attributes.
    #[default]
    One,
    /// The session cookie without attributes, so that the life of the token is not known.
    Bare,
    /// A session cookie that is deleted, the session cookie, and the cookie of a load balancer, without which the token is rejected.
    Several,
}

/// The header `Date`.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub enum DateHeader {
    /// The emulated time.
    #[default]
    Correct,
    /// There is none.
    Missing,
    /// This many seconds after the emulated time, before it if negative.
    Ahead(i64),
}

/// The code of a success: the documentation has 0 in all examples, and 200 in an early draft.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, ValueEnum)]
#[non_exhaustive]
pub enum SuccessCode {
    /// 0.
    #[default]
    #[serde(rename = "0")]
    #[value(name = "0")]
    Zero,
    /// 200.
    #[serde(rename = "200")]
    #[value(name = "200")]
    TwoHundred,
}

/// The response to cancelling a job that is stopping already.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, ValueEnum)]
#[serde(rename_all = "kebab-case")]
#[non_exhaustive]
pub enum RepeatedCancels {
    /// A success.
    #[default]
    Accepted,
    /// `success: false`.
    Declined,
}

/// The form of the command line.
impl fmt::Display for DateHeader {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Correct => f.write_str(CORRECT),
            Self::Missing => f.write_str(MISSING),
            Self::Ahead(seconds) => write!(f, "{seconds}"),
        }
    }
}

impl FromStr for DateHeader {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        match text {
            CORRECT => Ok(Self::Correct),
            MISSING => Ok(Self::Missing),
            seconds => {
                let seconds =
                    seconds.parse().map_err(|_| format!("not {CORRECT}, {MISSING} or a number of seconds"))?;
                Ok(Self::Ahead(seconds))
            }
        }
    }
}

impl Serialize for DateHeader {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

const CORRECT: &str = "correct";
const MISSING: &str = "missing";

fn seconds(text: &str) -> Result<Duration, String> {
    let seconds = text.parse().ok().and_then(|seconds| Duration::try_from_secs_f64(seconds).ok());
    seconds.ok_or_else(|| "not a number of seconds".into())
}

fn as_seconds<S: Serializer>(duration: &Option<Duration>, serializer: S) -> Result<S::Ok, S::Error> {
    duration.map(|duration| duration.as_secs_f64().to_string()).serialize(serializer)
}

/// Draws the fields of a behaviour.
struct Draw(StdRng);

impl Draw {
    fn variant<T: ValueEnum + Default>(&mut self) -> T {
        T::value_variants().choose(&mut self.0).cloned().unwrap_or_default()
    }

    fn one_of<T: Copy, const N: usize>(&mut self, values: [T; N]) -> T {
        values[self.0.random_range(0..N)]
    }

    fn flag(&mut self) -> bool {
        self.0.random_bool(0.5)
    }
}
