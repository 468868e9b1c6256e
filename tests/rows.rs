//! Rows of a result, decoded into the caller's types.

#![allow(missing_docs, clippy::unwrap_used, clippy::expect_used, clippy::panic)]

mod support;

use std::fmt::Debug;

use nebula_explorer::{Error, RowError};
use serde::Deserialize;
use serde::de::DeserializeOwned;
use serde_json::{Value, json};
use support::{MockResponse, Server};

async fn rows<T: DeserializeOwned + 'static>(items: Value) -> Result<Vec<T>, Error> {
    body(MockResponse::data(json!({ "items": items }))).await
}

async fn body<T: DeserializeOwned + 'static>(response: MockResponse) -> Result<Vec<T>, Error> {
    let server = Server::signed_in(move |_| response.clone()).await;
    server.explorer().job(1).task("t").rows().await
}

async fn row_error<T: DeserializeOwned + Debug + 'static>(items: Value) -> RowError {
    match rows::<T>(items).await {
        Err(Error::Row(error)) => *error,
        other => panic!("{other:?}"),
    }
}

#[derive(Debug, Deserialize, PartialEq)]
struct Rank {
    vid: String,
    value: f64,
}

#[derive(Debug, Deserialize, PartialEq)]
struct Wrapped(Vec<String>);

#[derive(Debug, Deserialize, PartialEq)]
struct Vid(String);

#[derive(Debug, Deserialize, PartialEq)]
#[serde(rename_all = "lowercase")]
enum Kind {
    Player,
    Team,
}

#[tokio::test]
async fn rows_are_decoded_into_many_types() {
    let items = json!([["player110", "0.150000"], ["team219", "0.452126"]]);
    let expected = vec![("player110".to_string(), 0.15), ("team219".to_string(), 0.452126)];
    assert_eq!(rows::<(String, f64)>(items.clone()).await.unwrap(), expected);
    let ranks: Vec<Rank> = rows(items.clone()).await.unwrap();
    assert_eq!(ranks[1], Rank { vid: "team219".into(), value: 0.452126 });
    let texts: Vec<Vec<String>> = rows(items.clone()).await.unwrap();
    assert_eq!(texts[0], ["player110", "0.150000"]);
    assert_eq!(rows::<[String; 2]>(items.clone()).await.unwrap()[1], ["team219", "0.452126"]);
    assert_eq!(rows::<Wrapped>(items.clone()).await.unwrap()[0].0, texts[0]);
    assert_eq!(rows::<(Vid, f32)>(items).await.unwrap()[0].0, Vid("player110".into()));
    let counts = json!([["p", "12", " 3 ", "true", "", "7"]]);
    type Counts = (String, u64, i8, bool, Option<f64>, Option<i32>);
    let counts: Vec<Counts> = rows(counts).await.unwrap();
    assert_eq!(counts, [("p".into(), 12, 3, true, None, Some(7))]);
    let kinds: Vec<(Kind, Option<Kind>)> = rows(json!([["player", "team"], ["team", ""]])).await.unwrap();
    assert_eq!(kinds, [(Kind::Player, Some(Kind::Team)), (Kind::Team, None)]);
    let escaped: Vec<(String, Option<String>)> = rows(json!([["a\"\\\n中", "\u{1F600}\t"]])).await.unwrap();
    assert_eq!(escaped, [("a\"\\\n中".into(), Some("\u{1F600}\t".into()))]);
    let special: Vec<(f64, f64)> = rows(json!([["inf", "-1e-7"]])).await.unwrap();
    assert_eq!(special, [(f64::INFINITY, -1e-7)]);
    // Cells that are numbers instead of strings are accepted.
    assert_eq!(rows::<(String, f64)>(json!([["p", 1.5]])).await.unwrap(), [("p".into(), 1.5)]);
}

#[tokio::test]
async fn empty_result_gives_no_rows() {
    for items in [json!([]), json!(null)] {
        assert!(rows::<(String, f64)>(items).await.unwrap().is_empty());
    }
    let reordered = r#"{"message":"Success","data":{"x":[1,{}],"items":[["a"]],"y":0},"code":0}"#;
    assert_eq!(body::<(String,)>(MockResponse::new(200, "", reordered)).await.unwrap(), [("a".to_string(),)]);
}

#[tokio::test]
async fn row_errors_have_the_row_the_column_and_the_value() {
    let error = row_error::<(String, f64)>(json!([["a", "1"], ["b", "many"]])).await;
    assert_eq!((error.row, error.column, error.value.as_deref()), (2, Some(2), Some("\"many\"")));
    assert_eq!(error.to_string(), "row 2, column 2 (\"many\"): invalid value: string \"many\", expected f64");
    let error = row_error::<Rank>(json!([["a", "1"], ["b", "2"], ["c", ""]])).await;
    assert_eq!((error.row, error.column, error.value.as_deref()), (3, Some(2), Some("\"\"")));
    let error = row_error::<(String, u8)>(json!([["a", "256"]])).await;
    assert_eq!((error.row, error.column), (1, Some(2)));
    let error = row_error::<(String, f64)>(json!([["a", "1"], ["b"]])).await;
    assert_eq!((error.row, error.column, error.value.as_deref()), (2, None, Some("[\"b\"]")));
    let error = row_error::<(String,)>(json!([["a", "1"]])).await;
    assert_eq!((error.row, error.column), (1, None));
    assert!(error.problem.contains("more columns than the 1"), "{error}");
    let error = row_error::<(String,)>(json!([["a"], "b"])).await;
    assert_eq!((error.row, error.column, error.value.as_deref()), (2, None, Some("\"b\"")));
    let error = row_error::<(String,)>(json!([[null]])).await;
    assert_eq!((error.row, error.column, error.value.as_deref()), (1, Some(1), Some("null")));
    let error = row_error::<(Kind,)>(json!([["coach"]])).await;
    assert_eq!((error.row, error.column), (1, Some(1)));
}

#[tokio::test]
async fn json_around_the_rows_must_match_the_contract() {
    for response in [
        MockResponse::data(json!({})),
        MockResponse::data(json!([])),
        MockResponse::data(json!({ "items": "none" })),
        MockResponse::json(200, json!({ "code": 0, "message": "Success" })),
        MockResponse::new(200, "application/json", r#"{"code":0,"data":{"items":[["a"],["b"#),
        MockResponse::new(200, "application/json", r#"{"code":0,"data":{"items":[["a"]]}} x"#),
    ] {
        let error = body::<(String,)>(response.clone()).await.unwrap_err();
        assert!(
            matches!(&error, Error::InvalidResponse(invalid) if invalid.place == "data.items"),
            "{response:?}: {error:?}"
        );
    }
}

#[tokio::test]
async fn raw_rows_can_be_borrowed_or_visited_one_by_one() {
    let server =
        Server::signed_in(|_| MockResponse::data(json!({ "items": [["a", "1.5"], ["b", "2"], ["c", "x"]] }))).await;
    let rows = server.explorer().job(1).task("t").rows::<()>().raw().await.unwrap();
    assert_eq!(rows.read::<(&str, &str)>().unwrap(), [("a", "1.5"), ("b", "2"), ("c", "x")]);
    let mut seen = Vec::new();
    let error = rows.for_each(|row: (&str, f64)| seen.push(row)).unwrap_err();
    assert_eq!(seen, [("a", 1.5), ("b", 2.0)]);
    let Error::Row(error) = error else { panic!("{error:?}") };
    assert_eq!((error.row, error.column, error.value.as_deref()), (3, Some(2), Some("\"x\"")));
    assert!(!format!("{rows:?}").contains("1.5"));
}
