//! The file of a batch: one run per line, as NDJSON or as CSV.

use std::collections::HashMap;
use std::fs::File;
use std::io::{BufRead, BufReader, ErrorKind, Read as _, stdin};
use std::path::Path;

use serde::Deserialize;
use serde_json::{Map, Value, json};
use tempfile::NamedTempFile;

use crate::error::CliError;
use crate::input::{self, STDIN};
use crate::parameters::{self, Parameter};
use crate::session::cache::hash;

/// One run.
pub struct Line {
    /// Its number in the file, from 1.
    pub number: u64,
    pub key: String,
    pub workflow: i64,
    pub parameters: Vec<Parameter>,
}

/// The runs of a file. It is copied first, because it is read twice: it may be a pipe, and it may change in between.
pub struct BatchFile {
    name: String,
    is_csv: bool,
    copy: NamedTempFile,
    /// That of lines without one.
    workflow: Option<i64>,
}

impl BatchFile {
    /// The file at this path; standard input for `-`.
    pub fn copy(path: &str, workflow: Option<i64>) -> Result<Self, CliError> {
        let name = if path == "-" { STDIN } else { path };
        let copied = NamedTempFile::new().and_then(|mut copy| {
            match path {
                "-" => std::io::copy(&mut stdin().lock(), &mut copy)?,
                path => std::io::copy(&mut File::open(path)?, &mut copy)?,
            };
            Ok(copy)
        });
        let copy = copied.map_err(|error| CliError::Usage(format!("{name}: {error}")))?;
        let is_csv = Path::new(path).extension().is_some_and(|extension| extension.eq_ignore_ascii_case("csv"));
        Ok(Self { name: name.into(), is_csv, copy, workflow })
    }

    /// The runs, read as they are needed.
    pub fn lines(&self) -> Result<impl Iterator<Item = Result<Line, CliError>> + Send + use<>, CliError> {
        let (name, workflow) = (self.name.clone(), self.workflow);
        let copy = self.copy.reopen().map_err(|error| CliError::Usage(format!("{name}: {error}")))?;
        let entries: Box<dyn Iterator<Item = Result<Entry, CliError>> + Send> =
            if self.is_csv { Box::new(csv_entries(&name, copy)?) } else { Box::new(json_entries(&name, copy)) };
        let mut occurrences = HashMap::new();
        Ok(entries.map(move |entry| entry.and_then(|entry| line(&name, entry, workflow, &mut occurrences))))
    }
}

/// A line before its defaults are known.
struct Entry {
    number: u64,
    key: Option<String>,
    workflow: Option<i64>,
    parameters: Vec<Parameter>,
}

fn line(
    path: &str,
    entry: Entry,
    workflow: Option<i64>,
    occurrences: &mut HashMap<String, u32>,
) -> Result<Line, CliError> {
    let Entry { number, key, workflow: own, parameters } = entry;
    let workflow = own
        .or(workflow)
        .ok_or_else(|| invalid(path, number, "there is no workflow: give it here or with --workflow"))?;
    if key.as_ref().is_some_and(|key| key.trim().is_empty()) {
        return Err(invalid(path, number, "the key is empty: give one, or none"));
    }
    let key = key.unwrap_or_else(|| {
        let content = content_key(workflow, &parameters);
        // The same content may be meant to run several times.
        let occurrence = occurrences.entry(content.clone()).or_default();
        *occurrence += 1;
        if *occurrence == 1 { content } else { format!("{content}-{occurrence}") }
    });
    Ok(Line { number, key, workflow, parameters })
}

/// A key that follows from what is run.
fn content_key(workflow: i64, parameters: &[Parameter]) -> String {
    let mut parameters: Vec<String> =
        parameters.iter().map(|it| json!([it.task, it.name, it.value]).to_string()).collect();
    parameters.sort();
    let workflow = workflow.to_string();
    let texts: Vec<&str> = [workflow.as_str()].into_iter().chain(parameters.iter().map(String::as_str)).collect();
    format!("content-{}", &hash(&texts)[..32])
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct JsonEntry {
    key: Option<String>,
    workflow: Option<i64>,
    input: Option<Map<String, Value>>,
}

fn json_entries(name: &str, file: File) -> impl Iterator<Item = Result<Entry, CliError>> + Send + use<> {
    let name = name.to_owned();
    let mut file = BufReader::new(file);
    let lines = (1..).map_while(move |number| Some((number, next_line(&mut file).transpose()?)));
    let filled = lines.filter(|(_, text)| text.as_ref().map_or(true, |text| !text.trim_ascii().is_empty()));
    filled.map(move |(number, text)| {
        let text = text.map_err(|error| invalid(&name, number, &error.to_string()))?;
        let place = format!("{name}, line {number}");
        let JsonEntry { key, workflow, input } = input::parse(&place, &text)?;
        let parameters = parameters::from_tasks(&place, input.unwrap_or_default())?;
        Ok(Entry { number, key, workflow, parameters })
    })
}

/// The next line of a file; `None` at its end.
fn next_line(file: &mut impl BufRead) -> std::io::Result<Option<Vec<u8>>> {
    const MAX_BYTES: u64 = 16 << 20;
    let mut line = Vec::new();
    let read = file.take(MAX_BYTES + 1).read_until(b'\n', &mut line)?;
    if read as u64 > MAX_BYTES {
        return Err(std::io::Error::new(ErrorKind::FileTooLarge, "the line has more than 16 MiB"));
    }
    Ok((read > 0).then_some(line))
}

fn csv_entries(
    name: &str,
    file: File,
) -> Result<impl Iterator<Item = Result<Entry, CliError>> + Send + use<>, CliError> {
    let mut reader = csv::Reader::from_reader(file);
    let head = reader.headers().map_err(|error| invalid(name, 1, &error.to_string()))?.clone();
    let path = name.to_owned();
    Ok(reader.into_records().map(move |record| {
        let record = record.map_err(|error| CliError::Usage(format!("{path}: {error}")))?;
        let number = record.position().map_or(0, csv::Position::line);
        let mut entry = Entry { number, key: None, workflow: None, parameters: Vec::new() };
        // An empty cell is no value.
        for (column, cell) in head.iter().zip(&record).filter(|(_, cell)| !cell.is_empty()) {
            match column.trim() {
                "key" => entry.key = Some(cell.into()),
                "workflow" => {
                    let workflow = cell.trim().parse().map_err(|_| invalid(&path, number, "the workflow is not an id"));
                    entry.workflow = Some(workflow?);
                }
                column => {
                    let separator = if column.ends_with(":=") { "" } else { "=" };
                    let parameter = parameters::from_argument(&format!("{column}{separator}{cell}"));
                    entry.parameters.push(parameter.map_err(|error| invalid(&path, number, &error.text()))?);
                }
            }
        }
        Ok(entry)
    }))
}

fn invalid(path: &str, line: u64, problem: &str) -> CliError {
    CliError::Usage(format!("{path}, line {line}: {problem}"))
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, clippy::panic)]
    use super::*;

    fn read(name: &str, text: &str) -> Result<Vec<Line>, String> {
        let directory = tempfile::tempdir().unwrap();
        let path = directory.path().join(name);
        std::fs::write(&path, text).unwrap();
        let file = BatchFile::copy(path.to_str().unwrap(), Some(7)).map_err(|error| error.text())?;
        let lines = file.lines().map_err(|error| error.text())?;
        lines.collect::<Result<_, _>>().map_err(|error| error.text())
    }

    #[test]
    fn both_formats_give_the_same_runs() {
        let ndjson = concat!(
            "{\"key\": \"a\", \"workflow\": 1, \"input\": {\"query_1\": {\"name\": \"Tim\", \"age\": 30}}}\n",
            "\n",
            "{\"input\": {\"query_1\": {\"name\": \"Tony\"}}}\n",
        );
        let csv = "key,workflow,query_1.name,query_1.age:=\na,1,Tim,30\n,,Tony,\n";
        let [from_json, from_csv] = [("batch.ndjson", ndjson), ("batch.CSV", csv)].map(|(name, text)| {
            let lines = read(name, text).unwrap();
            let mut shown = Vec::new();
            for Line { key, workflow, mut parameters, .. } in lines {
                parameters.sort_by(|a, b| a.name.cmp(&b.name));
                let parameters: Vec<_> = parameters.into_iter().map(|it| (it.task, it.name, it.value)).collect();
                shown.push((key, workflow, parameters));
            }
            shown
        });
        assert_eq!(from_json, from_csv);
        assert_eq!((from_json[0].0.as_str(), from_json[0].1, from_json[1].1), ("a", 1, 7));
        assert_eq!(from_json[0].2[0].2, json!(30));
    }

    #[test]
    fn keys_follow_from_the_content_and_its_occurrence() {
        let line = |name: &str| format!("{{\"input\": {{\"query_1\": {{\"name\": \"{name}\"}}}}}}\n");
        let lines = read("batch.ndjson", &[line("Tim"), line("Tony"), line("Tim")].concat()).unwrap();
        let again = read("batch.ndjson", &[line("Tony"), line("Tim"), line("Tim")].concat()).unwrap();
        let keys = |lines: &[Line]| lines.iter().map(|line| line.key.clone()).collect::<Vec<_>>();
        let (mut first, mut second) = (keys(&lines), keys(&again));
        assert_eq!(first[2], format!("{}-2", first[0]));
        first.sort();
        second.sort();
        assert_eq!(first, second);
    }

    #[test]
    fn invalid_lines_are_named() {
        for (name, text) in [
            ("a.ndjson", "{}\n{\"workflow\": \"x\"}\n"),
            ("a.ndjson", "{}\n{\"flow\": 1}\n"),
            ("a.ndjson", "{}\n{\"key\": \"\"}\n"),
            ("a.ndjson", "{}\n{\"input\": {\"query_1\": {\"age\": 99999999999999999999}}}\n"),
            ("a.csv", "workflow\nx\n"),
            ("a.csv", "query_1.age:=\nthirty\n"),
        ] {
            let Err(error) = read(name, text) else { panic!("{text}") };
            assert!(error.contains("line 2"), "{text}: {error}");
        }
    }
}
