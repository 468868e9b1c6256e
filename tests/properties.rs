//! Properties of cookies, envelopes, ids, times and rows, checked with random input.

#![allow(missing_docs, clippy::unwrap_used, clippy::panic)]

mod support;

use std::sync::{Arc, Mutex};
use std::time::Duration;

use nebula_explorer::wire::{JobId, JobTime, TaskTime, WorkflowId};
use nebula_explorer::{Credentials, Error, Explorer, Timestamp};
use proptest::collection::vec;
use proptest::prelude::*;
use proptest::test_runner::TestCaseError;
use secrecy::ExposeSecret as _;
use serde_json::{Value, from_value, json, to_value};
use support::{MockResponse, Server};

/// A server that sends a given response, and clients without retries.
struct Setup {
    runtime: tokio::runtime::Runtime,
    server: Server,
    next: Arc<Mutex<MockResponse>>,
    http: reqwest::Client,
}

impl Setup {
    fn start() -> Self {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
        let next = Arc::new(Mutex::new(MockResponse::new(500, "", "")));
        let current = next.clone();
        let server = runtime.block_on(Server::start(move |_| current.lock().unwrap().clone()));
        let http = reqwest::Client::builder().redirect(reqwest::redirect::Policy::none()).build().unwrap();
        Self { runtime, server, next, http }
    }

    fn explorer(&self, credentials: Credentials) -> Explorer {
        let builder = Explorer::builder(&self.server.url).graph("127.0.0.1", 9669).credentials(credentials);
        builder.retry(nebula_explorer::RetryPolicy::none()).http_client(self.http.clone()).build().unwrap()
    }

    fn call<T>(&self, response: MockResponse, call: impl AsyncFnOnce(Explorer) -> T, credentials: Credentials) -> T {
        *self.next.lock().unwrap() = response;
        self.runtime.block_on(call(self.explorer(credentials)))
    }

    fn sign_in(&self, cookies: &[String]) -> Result<nebula_explorer::Token, Error> {
        let response = MockResponse::data(json!({ "success": true }));
        let response = cookies.iter().fold(response, |response, cookie| response.header("Set-Cookie", cookie));
        self.call(response, async |explorer| explorer.sign_in().await, Credentials::account("root", "nebula"))
    }

    fn get(&self, response: MockResponse) -> Result<nebula_explorer::Job, Error> {
        self.call(response, async |explorer| explorer.job(1).get().await, Credentials::token("t"))
    }

    fn rows<T: serde::de::DeserializeOwned + 'static>(&self, body: String) -> Result<Vec<T>, Error> {
        let response = MockResponse::new(200, "application/json", body);
        self.call(response, async |explorer| explorer.job(1).task("t").rows::<T>().await, Credentials::token("t"))
    }
}

fn shown(error: &Error) -> Result<(), TestCaseError> {
    let (text, debug) = (error.to_string(), format!("{error:?}"));
    prop_assert!(!text.is_empty() && !debug.is_empty());
    Ok(())
}

/// The characters that a cookie's value may have (RFC 6265, section 4.1.1).
const COOKIE: &str = "[!#-+--:<-\\[\\]-~]{1,80}";

/// The characters that a header may contain.
const HEADER: &str = "[\\t -~\u{a0}-\u{2ff}]{0,120}";

#[test]
fn token_is_found_among_any_cookies_and_attributes() {
    let setup = Setup::start();
    let attribute = prop_oneof![
        Just("Path=/".to_string()),
        Just("HttpOnly".to_string()),
        Just("Secure".to_string()),
        Just("SameSite=None".to_string()),
        Just("Expires=Thu, 01 Jan 2037 00:00:00 GMT".to_string()),
        "[A-Za-z]{1,8}=[a-z0-9]{0,8}",
    ];
    let attributes =
        (vec(attribute, 0..6), proptest::option::of(1_u64..10_000_000), any::<bool>(), any::<prop::sample::Index>());
    let others = vec("[a-z]{1,6}=[a-z0-9]{0,10}", 0..3);
    proptest!(|(token in COOKIE, (mut attributes, age, upper, at) in attributes, others in others)| {
        // A second attribute of the same name would override the age.
        attributes.retain(|attribute| !attribute.to_lowercase().starts_with("max-age"));
        if let Some(age) = age {
            let name = if upper { "MAX-AGE" } else { "Max-Age" };
            attributes.insert(at.index(attributes.len() + 1), format!("{name}={age}"));
        }
        let cookie = [vec![format!("explorer_token={token}")], attributes].concat().join("; ");
        let found = setup.sign_in(&[others, vec![cookie]].concat()).unwrap();
        prop_assert_eq!(found.secret().expose_secret(), &token);
        match (found.remaining(), age) {
            (None, None) => {}
            (Some(left), Some(age)) => {
                let age = Duration::from_secs(age);
                prop_assert!(left <= age && left > age.saturating_sub(Duration::from_secs(60)));
            }
            other => return Err(TestCaseError::fail(format!("{other:?}"))),
        }
        let debug = format!("{found:?}");
        prop_assert!(token.len() < 8 || !debug.contains(&token));
    });
}

#[test]
fn any_cookie_is_a_token_or_an_invalid_response() {
    let setup = Setup::start();
    proptest!(|(headers in vec(HEADER, 0..3), ours in HEADER)| {
        for cookies in [headers.clone(), vec![format!("explorer_token{ours}")]] {
            match setup.sign_in(&cookies) {
                Ok(_) => prop_assert!(cookies.iter().any(|cookie| cookie.contains("explorer_token"))),
                Err(Error::InvalidResponse(invalid)) => prop_assert_eq!(&invalid.place, "Set-Cookie"),
                Err(error) => return Err(TestCaseError::fail(format!("{error:?}"))),
            }
        }
    });
}

fn any_json() -> impl Strategy<Value = Value> {
    let leaf = prop_oneof![
        Just(Value::Null),
        any::<bool>().prop_map(Value::from),
        any::<i64>().prop_map(Value::from),
        any::<f64>().prop_map(Value::from),
        ".{0,12}".prop_map(Value::from),
    ];
    let name = prop_oneof![
        Just("code".to_string()),
        Just("data".into()),
        Just("message".into()),
        Just("status".into()),
        ".{0,6}"
    ];
    leaf.prop_recursive(4, 40, 6, move |inner| {
        prop_oneof![
            vec(inner.clone(), 0..6).prop_map(Value::from),
            vec((name.clone(), inner), 0..6).prop_map(|fields| fields.into_iter().collect()),
        ]
    })
}

#[test]
fn any_response_is_a_job_or_an_error_that_can_be_shown() {
    let setup = Setup::start();
    let status = prop_oneof![Just(200_u16), Just(400), Just(500), 200_u16..600]
        .prop_filter("HTTP has no body there", |status| !matches!(status, 204 | 205 | 304));
    proptest!(|(status in status, json in any_json(), bytes in vec(any::<u8>(), 0..200), cut in any::<prop::sample::Index>())| {
        let text = json.to_string();
        let part = text.as_bytes()[..cut.index(text.len() + 1)].to_vec();
        for body in [text.clone().into_bytes(), part, bytes] {
            if let Err(error) = setup.get(MockResponse::new(status, "application/json", body)) {
                shown(&error)?;
            }
        }
    });
}

#[test]
fn any_error_code_is_preserved() {
    let setup = Setup::start();
    let code = 10_000_000_i64..100_000_000;
    proptest!(|(code in code, status in prop_oneof![Just(200_u16), 400_u16..600], name in "[A-Za-z]{1,12}", detail in proptest::option::of("[a-z][a-z ]{0,18}[a-z]"))| {
        let message = match &detail {
            Some(detail) => format!("{name}::{detail}"),
            None => name.clone(),
        };
        let error = setup.get(MockResponse::json(status, json!({ "code": code, "message": message }))).unwrap_err();
        let Error::Api(api_error) = &error else { return Err(TestCaseError::fail(format!("{error:?}"))) };
        prop_assert_eq!(api_error.code.number(), code);
        prop_assert_eq!((&api_error.name, &api_error.detail), (&name, &detail));
        shown(&error)?;
    });
}

#[test]
fn ids_and_times_are_decoded_in_every_form() {
    let milliseconds = Timestamp::MIN.as_millisecond()..=Timestamp::MAX.as_millisecond();
    proptest!(|(id in any::<i64>(), milliseconds in milliseconds, offset in -86_399_i32..86_400, json in any_json())| {
        for form in [json!(id), json!(id.to_string())] {
            prop_assert_eq!(from_value::<JobId>(form.clone()).unwrap(), JobId(id));
            prop_assert_eq!(from_value::<WorkflowId>(form).unwrap(), WorkflowId(id));
        }
        let time = Timestamp::from_millisecond(milliseconds).unwrap();
        // 0 means a time that is not set yet.
        prop_assume!(milliseconds != 0);
        prop_assert_eq!(from_value::<JobTime>(json!(milliseconds)).unwrap(), JobTime(Some(time)));
        // RFC 3339 has offsets of whole minutes, and years of four digits.
        let offset = jiff::tz::Offset::from_seconds(offset / 60 * 60).unwrap();
        if (0..=9998).contains(&offset.to_datetime(time).year()) && offset.to_datetime(time).year() > 0 {
            let text = time.display_with_offset(offset).to_string();
            prop_assert_eq!(from_value::<TaskTime>(json!(text)).unwrap(), TaskTime(Some(time)));
        }
        // Anything else is an error or survives a round trip.
        if let Ok(id) = from_value::<JobId>(json.clone()) {
            prop_assert_eq!(from_value::<JobId>(to_value(id).unwrap()).unwrap(), id);
        }
        if let Ok(time) = from_value::<TaskTime>(json) {
            prop_assert_eq!(from_value::<TaskTime>(to_value(time).unwrap()).unwrap(), time);
        }
    });
}

#[test]
fn rows_survive_a_round_trip() {
    let setup = Setup::start();
    let row = (
        ".{0,20}",
        any::<f64>().prop_filter("JSON's numbers end", |number| number.is_finite()),
        proptest::option::of(any::<i64>()),
    );
    proptest!(|(rows in vec(row, 0..40), last in any::<bool>())| {
        let cells = |row: &(String, f64, Option<i64>)| {
            json!([row.0, row.1.to_string(), row.2.map(|number| number.to_string()).unwrap_or_default()])
        };
        let items = Value::from_iter(rows.iter().map(cells));
        let body = match last {
            true => format!(r#"{{"data":{{"items":{items}}},"message":"Success","code":0}}"#),
            false => format!(r#"{{"code":0,"data":{{"items":{items}}},"message":"Success"}}"#),
        };
        prop_assert_eq!(setup.rows::<(String, f64, Option<i64>)>(body).unwrap(), rows);
    });
}

#[test]
fn row_error_names_the_row_and_the_column() {
    let setup = Setup::start();
    let rows = vec(("[a-z]{0,8}", any::<u32>()), 1..30);
    proptest!(|(rows in rows, bad in any::<prop::sample::Index>(), cell in "[a-z]{1,8}")| {
        let bad = bad.index(rows.len());
        let mut items: Vec<[String; 2]> = rows.into_iter().map(|(name, number)| [name, number.to_string()]).collect();
        items[bad][1] = cell.clone();
        let body = json!({ "code": 0, "data": { "items": items }, "message": "Success" }).to_string();
        let error = setup.rows::<(String, u32)>(body).unwrap_err();
        let Error::Row(row) = &error else { return Err(TestCaseError::fail(format!("{error:?}"))) };
        prop_assert_eq!((row.row, row.column), (bad + 1, Some(2)));
        prop_assert!(row.value.as_ref().is_some_and(|value| value.contains(&cell)));
    });
}
