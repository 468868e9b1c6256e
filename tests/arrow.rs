//! Rows of a result as Arrow's columns.

#![allow(missing_docs, clippy::unwrap_used, clippy::expect_used, clippy::panic)]

mod support;

use nebula_explorer::arrow_array::RecordBatch;
use nebula_explorer::arrow_array::cast::AsArray as _;
use nebula_explorer::arrow_array::types::{Float64Type, Int64Type};
use nebula_explorer::{Column, ColumnType, Error};
use serde_json::{Value, json};
use support::{MockResponse, Server};

async fn table(items: Value, columns: &[Column]) -> Result<RecordBatch, Error> {
    let server = Server::signed_in(move |_| MockResponse::data(json!({ "items": items }))).await;
    server.explorer().job(1).task("t").rows::<()>().raw().await?.to_arrow(columns)
}

/// The type of the only column if its cells are these.
async fn inferred(cells: Value) -> String {
    let items: Vec<Value> = cells.as_array().unwrap().iter().map(|cell| json!([cell])).collect();
    let rows = items.len();
    let table = table(items.into(), &[]).await.unwrap();
    assert_eq!(table.num_rows(), rows);
    table.schema().field(0).data_type().to_string()
}

#[tokio::test]
async fn types_are_inferred_such_that_nothing_is_lost() {
    let (integers, floats, booleans, strings) = ("Int64", "Float64", "Boolean", "LargeUtf8");
    for (cells, expected) in [
        (json!(["1", "-2", "0"]), integers),
        (json!([1, "", null, "2"]), integers),
        (json!(["9223372036854775807"]), integers),
        (json!(["9223372036854775808"]), strings),
        (json!(["007"]), strings),
        (json!(["+1"]), strings),
        (json!([" 1"]), strings),
        (json!(["0.15", "1e-7", "2", ""]), floats),
        (json!([0.5, "NaN", "-inf"]), floats),
        (json!(["NaN", "inf"]), strings),
        (json!(["1e999"]), strings),
        (json!(["0.12345678901234567890"]), strings),
        (json!(["9007199254740993", "0.5"]), strings),
        (json!([true, false, null]), booleans),
        (json!(["true"]), strings),
        (json!([true, "1"]), strings),
        (json!(["player110", "1"]), strings),
        (json!(["", null]), strings),
        (json!([["nested"], {"a": 1}]), strings),
    ] {
        assert_eq!(inferred(cells.clone()).await, expected, "{cells}");
    }
}

#[tokio::test]
async fn columns_have_the_names_and_types_that_are_given() {
    let items = json!([["player110", "0.15", "2"], ["1", "", ""]]);
    let columns = [
        Column::typed("vid", ColumnType::String),
        Column::inferred("rank"),
        Column::typed("steps", ColumnType::Integer),
    ];
    let table = table(items, &columns).await.unwrap();
    let names: Vec<_> = table.schema().fields().iter().map(|field| field.name().clone()).collect();
    assert_eq!(names, ["vid", "rank", "steps"]);
    let texts: Vec<_> = table.column(0).as_string::<i64>().iter().collect();
    assert_eq!(texts, [Some("player110"), Some("1")]);
    let ranks: Vec<_> = table.column(1).as_primitive::<Float64Type>().iter().collect();
    assert_eq!(ranks, [Some(0.15), None]);
    let steps: Vec<_> = table.column(2).as_primitive::<Int64Type>().iter().collect();
    assert_eq!(steps, [Some(2), None]);
}

#[tokio::test]
async fn a_row_that_does_not_match_is_named() {
    let columns = [Column::typed("vid", ColumnType::String), Column::typed("value", ColumnType::Float)];
    for (items, columns, place) in [
        (json!([["a", "1"], ["b", "x"]]), &columns[..], (2, Some(2))),
        (json!([["a", "1"], ["b"]]), &columns, (2, None)),
        (json!([["a", "1", "2"]]), &columns, (1, None)),
        (json!([["a"], ["b", "c"]]), &[], (2, None)),
    ] {
        match table(items.clone(), columns).await {
            Err(Error::Row(error)) => assert_eq!((error.row, error.column), place, "{items}"),
            other => panic!("{items}: {other:?}"),
        }
    }
}

#[tokio::test]
async fn names_must_differ() {
    let columns = [Column::inferred("vid"), Column::inferred("vid")];
    assert!(matches!(table(json!([]), &columns).await, Err(Error::InvalidInput(_))));
}

#[tokio::test]
async fn a_result_without_rows_has_the_given_columns() {
    for items in [json!([]), Value::Null] {
        assert_eq!(table(items.clone(), &[]).await.unwrap().num_columns(), 0);
        assert_eq!(table(items, &[Column::inferred("vid")]).await.unwrap().num_columns(), 1);
    }
}
