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

#[test]
#[cfg(target_os = "linux")]
fn the_memory_of_a_result_is_bounded_by_its_size() {
    use std::io::Read as _;
    use std::process::Stdio;

    // Both are larger than the buffer of a pipe: a process that has written everything may end before it is measured.
    const FEW: usize = 20_000;
    const MANY: usize = 300_000;
    let rows = |count: usize| (0..count).map(|number| vec![format!("player{number:09}"), "0.123456".into()]).collect();
    let (few, many) = (with_rows(rows(FEW)), with_rows(rows(MANY)));
    let body = (MANY - FEW) * r#"["player000000000","0.123456"],"#.len();
    // The largest memory of the process, which is read for the last time when it has almost nothing left to write.
    let peak = |server: &Stub, format: &str| -> usize {
        let mut command = server.command(&["result", "105", "--limit", "1000000", "-o", format]);
        let mut running = command.stdout(Stdio::piped()).stderr(Stdio::null()).spawn().unwrap();
        let status = format!("/proc/{}/status", running.id());
        let mut output = running.stdout.take().unwrap();
        let mut buffer = [0; 4096];
        let mut kilobytes = 0;
        while output.read(&mut buffer).unwrap() > 0 {
            let status = std::fs::read_to_string(&status).unwrap();
            let peak = status.lines().find_map(|line| line.strip_prefix("VmHWM:"));
            let peak = peak.and_then(|peak| peak.trim().strip_suffix(" kB")?.parse().ok());
            kilobytes = peak.unwrap_or(kilobytes);
        }
        assert!(running.wait().unwrap().success());
        assert_ne!(kilobytes, 0, "the memory was not measured");
        kilobytes * 1024
    };
    for format in ["json", "ndjson", "csv", "table"] {
        let ratio = peak(&many, format).saturating_sub(peak(&few, format)) as f64 / body as f64;
        assert!(ratio < 1.5, "{format}: {ratio:.2} times the body");
    }
}
