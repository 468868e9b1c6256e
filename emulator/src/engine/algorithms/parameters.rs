//! The parameters of the algorithms, and how their values are read.

use std::borrow::Cow;
use std::collections::BTreeMap;
use std::ops::RangeInclusive;

use petgraph::graph::NodeIndex;
use serde_json::Value;

use super::error::AlgorithmError;
use crate::engine::graph::Graph;

/// Parameters by name. A number or a boolean may also be given as text: `10` or `"10"`.
pub type Params = BTreeMap<String, Value>;

/// A parameter of an algorithm.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Parameter {
    /// The name, for example `ITERATIONS`.
    pub name: &'static str,
    /// The default value, as text. A parameter without one is required.
    pub default: Option<&'static str>,
}

/// The parameters of one run, with defaults, read as the types that the algorithm needs.
pub(super) struct Settings<'a> {
    algorithm: &'static str,
    parameters: &'static [Parameter],
    params: &'a Params,
}

impl<'a> Settings<'a> {
    /// Rejects names that the algorithm does not have.
    pub(super) fn new(
        algorithm: &'static str,
        parameters: &'static [Parameter],
        params: &'a Params,
    ) -> Result<Self, AlgorithmError> {
        let known = || parameters.iter().map(|parameter| parameter.name);
        match params.keys().find(|&name| !known().any(|it| it == name)) {
            None => Ok(Self { algorithm, parameters, params }),
            Some(unknown) => Err(AlgorithmError::UnknownParameter {
                algorithm,
                parameter: unknown.clone(),
                known: known().collect::<Vec<_>>().join(", "),
            }),
        }
    }

    /// `true` or `false`.
    pub(super) fn flag(&self, name: &'static str) -> Result<bool, AlgorithmError> {
        const EXPECTED: &str = "true or false";
        let text = self.text(name, EXPECTED)?;
        text.trim().to_ascii_lowercase().parse().map_err(|_| self.wrong_type(name, EXPECTED))
    }

    /// A number within the range.
    pub(super) fn number(&self, name: &'static str, range: RangeInclusive<f64>) -> Result<f64, AlgorithmError> {
        let number = self.parse_number(name, "a number")?;
        if range.contains(&number) {
            Ok(number)
        } else {
            let (least, greatest) = range.into_inner();
            Err(self.out_of_range(name, format!("from {least} to {greatest}")))
        }
    }

    /// A whole number within the range.
    pub(super) fn whole(&self, name: &'static str, range: RangeInclusive<i32>) -> Result<i32, AlgorithmError> {
        const EXPECTED: &str = "a whole number";
        let number = self.parse_number(name, EXPECTED)?;
        if number.fract() != 0.0 {
            return Err(self.wrong_type(name, EXPECTED));
        }
        // A cast saturates at the limits of `i32`.
        let whole = number as i32;
        if range.contains(&whole) && f64::from(whole) == number {
            Ok(whole)
        } else {
            let (least, greatest) = range.into_inner();
            Err(self.out_of_range(name, format!("from {least} to {greatest}")))
        }
    }

    /// A count, from 1 to `greatest`.
    pub(super) fn count(&self, name: &'static str, greatest: i32) -> Result<usize, AlgorithmError> {
        self.whole(name, 1..=greatest).map(|count| count.unsigned_abs() as usize)
    }

    /// The meaning of one of the `allowed` words, ignoring case.
    pub(super) fn choice<T: Copy>(
        &self,
        name: &'static str,
        allowed: &[(&'static str, T)],
    ) -> Result<T, AlgorithmError> {
        let text = self.text(name, "text")?;
        allowed.iter().find(|(word, _)| word.eq_ignore_ascii_case(text.trim())).map(|&(_, meaning)| meaning).ok_or_else(
            || {
                let words: Vec<_> = allowed.iter().map(|&(word, _)| word).collect();
                self.out_of_range(name, words.join(" or "))
            },
        )
    }

    /// A vertex of the graph, by its id.
    pub(super) fn vertex(&self, name: &'static str, graph: &Graph) -> Result<NodeIndex, AlgorithmError> {
        let vid = self.text(name, "the id of a vertex")?;
        graph.index(&vid).ok_or_else(|| AlgorithmError::UnknownVertex {
            algorithm: self.algorithm,
            parameter: name,
            vid: vid.into_owned(),
        })
    }

    fn parse_number(&self, name: &'static str, expected: &'static str) -> Result<f64, AlgorithmError> {
        match self.text(name, expected)?.trim().parse::<f64>() {
            Ok(number) if !number.is_nan() => Ok(number),
            _ => Err(self.wrong_type(name, expected)),
        }
    }

    /// The value as text, which is the same for a number and for a string with this number.
    fn text(&self, name: &'static str, expected: &'static str) -> Result<Cow<'a, str>, AlgorithmError> {
        match self.params.get(name) {
            Some(Value::String(text)) => Ok(Cow::Borrowed(text)),
            Some(value @ (Value::Number(_) | Value::Bool(_))) => Ok(Cow::Owned(value.to_string())),
            Some(Value::Null | Value::Array(_) | Value::Object(_)) => Err(self.wrong_type(name, expected)),
            None => self
                .parameters
                .iter()
                .find(|parameter| parameter.name == name)
                .and_then(|parameter| parameter.default)
                .map(Cow::Borrowed)
                .ok_or(AlgorithmError::MissingParameter { algorithm: self.algorithm, parameter: name }),
        }
    }

    fn wrong_type(&self, parameter: &'static str, expected: &'static str) -> AlgorithmError {
        AlgorithmError::WrongType { algorithm: self.algorithm, parameter, expected, value: self.given(parameter) }
    }

    fn out_of_range(&self, parameter: &'static str, allowed: String) -> AlgorithmError {
        AlgorithmError::OutOfRange { algorithm: self.algorithm, parameter, allowed, value: self.given(parameter) }
    }

    /// The given value, as JSON.
    fn given(&self, parameter: &str) -> String {
        self.params.get(parameter).map(Value::to_string).unwrap_or_default()
    }
}
