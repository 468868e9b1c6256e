//! `result`: rows in every format, however many there are.

#![allow(missing_docs, clippy::unwrap_used, clippy::panic)]

mod support;

use serde_json::{Value, json};
use support::stub::{Response, Stub, job};

/// A server whose only task has these rows.
fn with_rows(rows: Vec<Vec<String>>) -> Stub {
    Stub::signed_in(move |request| match request.path.contains("/sample_result") {
        true => Response::success(json!({"items": rows})),
        false => Response::success(job(105, 2)),
    })
}

/// Rows whose last one is the widest.
fn rows() -> Vec<Vec<String>> {
    let mut rows: Vec<Vec<String>> = (0..3000).map(|number| vec![format!("player{number}"), "0.5".into()]).collect();
    rows.push(vec!["a very wide, \"quoted\" name\tof a player".into(), "查询".into(), "more".into()]);
    rows
}

#[test]
fn every_row_is_written_in_every_format() {
    let rows = rows();
    let server = with_rows(rows.clone());
    let read = |format: &[&str]| {
        let ended = server.run(&[&["result", "105", "--limit", "5000"], format].concat());
        assert!(ended.code == 0 && ended.stderr.is_empty(), "{ended:?}");
        ended.stdout
    };
    assert_eq!(serde_json::from_str::<Vec<Vec<String>>>(&read(&["-o", "json"])).unwrap(), rows);
    let lines = read(&["-o", "ndjson"]);
    let parsed: Vec<Vec<String>> = lines.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    assert_eq!(parsed, rows);
    let csv = read(&["-o", "csv"]);
    let mut reader = csv::ReaderBuilder::new().has_headers(false).flexible(true).from_reader(csv.as_bytes());
    let parsed: Vec<Vec<String>> =
        reader.records().map(|row| row.unwrap().iter().map(str::to_string).collect()).collect();
    assert_eq!(parsed, rows);
    let tabs: Vec<String> = rows.iter().map(|row| row.join("\t").replacen("name\t", "name\\t", 1)).collect();
    assert_eq!(read(&[]).lines().collect::<Vec<_>>(), tabs);
    let table = read(&["-o", "table"]);
    let lines: Vec<&str> = table.lines().collect();
    assert_eq!(lines.len(), rows.len());
    assert_eq!(
        (lines[0], lines[2000]),
        ("player0    0.5", "player2000  0.5"),
        "the widths are those of the first rows"
    );
    assert!(lines[3000].contains("player  查询"), "nothing is truncated for a file: {}", lines[3000]);
}

#[test]
fn json_is_written_as_other_lists_are() {
    let written = |rows: Vec<Vec<String>>| with_rows(rows).run(&["result", "105", "-o", "json"]).stdout;
    let rows = vec![vec!["a".to_string(), "b".into()], vec![]];
    let pretty = |rows: &Vec<Vec<String>>| format!("{:#}\n", Value::from_iter(rows.iter().cloned()));
    assert_eq!(written(rows.clone()), pretty(&rows));
    assert_eq!(written(Vec::new()), "[]\n");
}

#[test]
fn a_note_says_that_there_may_be_more_rows() {
    let server = with_rows(rows().into_iter().take(3).collect());
    for (limit, notes) in [("3", 1), ("4", 0)] {
        for arguments in [&["result", "105", "--limit", limit][..], &["result", "105", "-o", "json", "--limit", limit]]
        {
            let ended = server.run(arguments);
            assert_eq!(ended.stderr.matches("there may be more").count(), notes, "{ended:?}");
        }
    }
}
