//! Changes to YAML as text, which keep its order and its comments. It is indented by two spaces, and keys are not quoted.

use std::ops::Range;

use crate::Outcome;

/// A document as its lines.
pub struct Document(Vec<String>);

impl Document {
    pub fn new(text: &str) -> Self {
        Self(text.lines().map(str::to_string).collect())
    }

    pub fn text(&self) -> String {
        self.0.iter().map(|line| format!("{line}\n")).collect()
    }

    /// The lines of an entry, without empty ones at its end.
    pub fn lines(&self, path: &[&str]) -> Outcome<Vec<String>> {
        let entry = self.entry(path)?;
        let lines: Vec<String> = self.0[entry].to_vec();
        let used = lines.iter().rposition(|line| !line.is_empty()).map_or(0, |last| last + 1);
        Ok(lines[..used].to_vec())
    }

    /// Replaces what is inside of an entry. `text` starts with a line break.
    pub fn replace(&mut self, path: &[&str], text: &str) -> Outcome {
        let entry = self.entry(path)?;
        let line = self.0[entry.start].clone();
        self.0.splice(entry, [line].into_iter().chain(text.trim_start_matches('\n').lines().map(str::to_string)));
        Ok(())
    }

    pub fn remove(&mut self, path: &[&str]) -> Outcome {
        let entry = self.entry(path)?;
        let is_empty = |at: usize| self.0.get(at).is_none_or(|line| line.is_empty());
        // The empty line after the entry that it is the end of.
        let kept = is_empty(entry.end - 1) && !is_empty(entry.start - 1);
        self.0.splice(entry, kept.then(String::new));
        Ok(())
    }

    /// Removes all entries with this key, and puts a comment in the place of each.
    pub fn remove_everywhere(&mut self, key: &str, comment: &str) {
        let key = format!("{key}:");
        while let Some(start) = self.0.iter().position(|line| line.trim() == key) {
            let end = self.end(start, self.0.len());
            let comment = format!("{}# {comment}", " ".repeat(indent(&self.0[start])));
            self.0.splice(start..end, [comment]);
        }
    }

    /// Removes all entries inside of this one, except these.
    pub fn keep_only(&mut self, path: &[&str], keys: &[&str]) -> Outcome {
        let entry = self.entry(path)?;
        let inner = indent(&self.0[entry.start]) + 2;
        let mut keep = true;
        let kept: Vec<String> = (self.0[entry.clone()].iter().enumerate())
            .filter(|(at, line)| {
                if *at > 0 && indent(line) == inner && !line.trim().is_empty() {
                    keep = keys.iter().any(|key| line.trim().starts_with(&format!("{key}:")));
                }
                keep
            })
            .map(|(_, line)| line.clone())
            .collect();
        let was_last = self.0.get(entry.end - 1).is_some_and(|line| line.is_empty());
        let lost_break = was_last && kept.last().is_some_and(|line| !line.is_empty());
        self.0.splice(entry, kept.into_iter().chain(lost_break.then(String::new)));
        Ok(())
    }

    /// Puts a comment into an entry, before all others.
    pub fn comment(&mut self, path: &[&str], comment: &str) -> Outcome {
        let entry = self.entry(path)?;
        let comment = format!("{}# {comment}", " ".repeat(indent(&self.0[entry.start]) + 2));
        self.0.insert(entry.start + 1, comment);
        Ok(())
    }

    /// Adds lines before an entry.
    pub fn insert_before(&mut self, path: &[&str], lines: &[String]) -> Outcome {
        let entry = self.entry(path)?;
        self.0.splice(entry.start..entry.start, lines.iter().cloned());
        Ok(())
    }

    /// Adds lines after an entry.
    pub fn insert_after(&mut self, path: &[&str], lines: &[String]) -> Outcome {
        let entry = self.entry(path)?;
        self.0.splice(entry.end..entry.end, lines.iter().cloned());
        Ok(())
    }

    /// The lines of an entry, the one with its key first.
    fn entry(&self, path: &[&str]) -> Outcome<Range<usize>> {
        let mut inside = 0..self.0.len();
        for (depth, key) in path.iter().enumerate() {
            let key = format!("{}{key}:", "  ".repeat(depth));
            let found = inside.clone().find(|at| {
                let rest = self.0[*at].strip_prefix(&key);
                rest.is_some_and(|rest| rest.is_empty() || rest.starts_with(' '))
            });
            let start = found.ok_or_else(|| format!("the contract has no {}", path.join(".")))?;
            inside = start..self.end(start, inside.end);
        }
        Ok(inside)
    }

    fn end(&self, start: usize, limit: usize) -> usize {
        let outer = indent(&self.0[start]);
        let is_next = |line: &String| !line.is_empty() && indent(line) <= outer;
        (start + 1..limit).find(|at| is_next(&self.0[*at])).unwrap_or(limit)
    }
}

fn indent(line: &str) -> usize {
    line.len() - line.trim_start().len()
}
