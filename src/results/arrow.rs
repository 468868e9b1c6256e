//! Rows as Arrow's columns, decoded directly from the bytes of a response.

use std::cell::RefCell;
use std::collections::HashSet;
use std::fmt;
use std::sync::Arc;

use arrow_array::builder::{BooleanBuilder, Float64Builder, Int64Builder, LargeStringBuilder};
use arrow_array::{Array as _, ArrayRef, LargeStringArray, RecordBatch, RecordBatchOptions};
use arrow_schema::{Field, Schema};
use serde::de::value::{MapAccessDeserializer, SeqAccessDeserializer};
use serde::de::{Deserialize, DeserializeSeed, Deserializer, Error as _, MapAccess, SeqAccess, Visitor};
use serde_json::Value;

use crate::error::Error;
use crate::results::number::Numbers;
use crate::results::rows::RawRows;

/// A column of a result, for [`RawRows::to_arrow`].
///
/// ```
/// use nebula_explorer::{Column, ColumnType};
///
/// let columns = [Column::typed("vid", ColumnType::String), Column::inferred("value")];
/// # let _ = columns;
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Column {
    name: String,
    column_type: Option<ColumnType>,
}

/// The type of a column. Every column may contain nulls: an empty cell is null, except in a column of strings.
///
/// ```
/// assert_ne!(nebula_explorer::ColumnType::Integer, nebula_explorer::ColumnType::Float);
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum ColumnType {
    /// Text, as the server sent it. A cell that is no string is the text of its JSON.
    String,
    /// Integers of 64 bits.
    Integer,
    /// Floating-point numbers of 64 bits.
    Float,
    /// `true` and `false`.
    Boolean,
}

impl Column {
    /// A column of this type. A cell that does not match it is an [`Error::Row`].
    pub fn typed(name: impl Into<String>, column_type: ColumnType) -> Self {
        Self { name: name.into(), column_type: Some(column_type) }
    }

    /// A column whose type follows from its cells, such that no information is lost:
    ///
    /// - integers, if every cell is one of 64 bits, written without leading zeros and without a plus sign;
    /// - otherwise floats, if every cell is a number with at most 17 significant digits; integers among them have at most 15. `NaN`
    ///   and `inf` count as numbers where there are others;
    /// - booleans, if every cell is a JSON boolean, not a string;
    /// - otherwise strings.
    ///
    /// Empty cells and nulls fit every type; without any other cell the type is string. Ids that are digits become integers: give
    /// their type to keep them as text.
    pub fn inferred(name: impl Into<String>) -> Self {
        Self { name: name.into(), column_type: None }
    }
}

impl RawRows {
    /// The rows as Arrow's columns. Without `columns`, their types are [inferred](Column::inferred), and they are named `column_1`
    /// and so on.
    ///
    /// # Errors
    /// [`Error::Row`] for a row that does not match the columns, [`Error::InvalidInput`] if two of them have the same name,
    /// [`Error::InvalidResponse`] if the JSON around the rows does not match the contract.
    ///
    /// ```no_run
    /// # fn run(rows: nebula_explorer::RawRows) -> nebula_explorer::Result<()> {
    /// use nebula_explorer::{Column, ColumnType};
    ///
    /// let ranks = rows.to_arrow(&[Column::typed("vid", ColumnType::String), Column::typed("value", ColumnType::Float)])?;
    /// println!("{} rows, {:?}", ranks.num_rows(), ranks.schema());
    /// # Ok(())
    /// # }
    /// ```
    pub fn to_arrow(&self, columns: &[Column]) -> Result<RecordBatch, Error> {
        check_names(columns)?;
        let builders = columns.iter().map(|column| Builder::new(column.column_type)).collect();
        let table = RefCell::new(Table { builders, is_open: columns.is_empty(), rows: 0 });
        self.decode(RowInto(&table), |()| ())?;
        let Table { builders, rows, .. } = table.into_inner();
        let name = |index: usize| {
            columns.get(index).map_or_else(|| format!("column_{}", index + 1), |column| column.name.clone())
        };
        let arrays: Vec<ArrayRef> = builders.into_iter().map(Builder::finish).collect();
        let fields =
            arrays.iter().enumerate().map(|(index, array)| Field::new(name(index), array.data_type().clone(), true));
        let schema = Arc::new(Schema::new(fields.collect::<Vec<_>>()));
        let options = RecordBatchOptions::new().with_row_count(Some(rows));
        RecordBatch::try_new_with_options(schema, arrays, &options)
            .map_err(|error| Error::InvalidInput(format!("the rows do not form a table: {error}")))
    }
}

fn check_names(columns: &[Column]) -> Result<(), Error> {
    let mut names = HashSet::new();
    match columns.iter().find(|column| !names.insert(&column.name)) {
        Some(column) => Err(Error::InvalidInput(format!("two columns have the name `{}`", column.name))),
        None => Ok(()),
    }
}

struct Table {
    builders: Vec<Builder>,
    /// Whether the first row decides how many columns there are.
    is_open: bool,
    rows: usize,
}

enum Builder {
    String(LargeStringBuilder),
    Integer(Int64Builder),
    Float(Float64Builder),
    Boolean(BooleanBuilder),
    /// The texts of the cells, and what they have in common.
    Inferred(LargeStringBuilder, Seen),
}

/// What the cells of a column have in common so far.
#[derive(Default)]
struct Seen {
    numbers: Numbers,
    booleans: bool,
    others: bool,
}

impl Builder {
    fn new(column_type: Option<ColumnType>) -> Self {
        match column_type {
            Some(ColumnType::String) => Self::String(LargeStringBuilder::new()),
            Some(ColumnType::Integer) => Self::Integer(Int64Builder::new()),
            Some(ColumnType::Float) => Self::Float(Float64Builder::new()),
            Some(ColumnType::Boolean) => Self::Boolean(BooleanBuilder::new()),
            None => Self::Inferred(LargeStringBuilder::new(), Seen::default()),
        }
    }

    fn finish(self) -> ArrayRef {
        match self {
            Self::String(mut builder) => Arc::new(builder.finish()),
            Self::Integer(mut builder) => Arc::new(builder.finish()),
            Self::Float(mut builder) => Arc::new(builder.finish()),
            Self::Boolean(mut builder) => Arc::new(builder.finish()),
            Self::Inferred(mut builder, seen) => seen.narrow(builder.finish()),
        }
    }
}

impl Seen {
    fn text(&mut self, text: &str) {
        if !text.is_empty() {
            self.numbers.see(text);
        }
    }

    /// The texts as the narrowest type that loses nothing.
    fn narrow(&self, texts: LargeStringArray) -> ArrayRef {
        let cells = || texts.iter().map(|text| text.filter(|text| !text.is_empty()));
        match (self.booleans, self.others || self.numbers.any()) {
            (true, false) => {
                Arc::new(cells().map(|text| text.map(|text| text == TRUE)).collect::<arrow_array::BooleanArray>())
            }
            (false, true) if !self.others && self.numbers.are_integers() => {
                Arc::new(cells().map(|text| text?.parse().ok()).collect::<arrow_array::Int64Array>())
            }
            (false, true) if !self.others && self.numbers.are_floats() => {
                Arc::new(cells().map(|text| text?.parse().ok()).collect::<arrow_array::Float64Array>())
            }
            _ => Arc::new(texts),
        }
    }
}

const TRUE: &str = "true";
const FALSE: &str = "false";

/// Appends a row to the columns.
#[derive(Clone, Copy)]
struct RowInto<'t>(&'t RefCell<Table>);

impl<'de> DeserializeSeed<'de> for RowInto<'_> {
    type Value = ();

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<(), D::Error> {
        deserializer.deserialize_seq(self)
    }
}

impl<'de> Visitor<'de> for RowInto<'_> {
    type Value = ();

    fn expecting(&self, f: &mut fmt::Formatter) -> fmt::Result {
        match self.0.try_borrow().map(|table| table.builders.len()) {
            Ok(columns) => write!(f, "a row of {columns} columns"),
            Err(_) => f.write_str("a row"),
        }
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut cells: A) -> Result<(), A::Error> {
        let mut table = self.0.borrow_mut();
        let Table { builders, is_open, rows } = &mut *table;
        if *is_open {
            *is_open = false;
            let mut first = Builder::new(None);
            while cells.next_element_seed(CellInto(&mut first))?.is_some() {
                builders.push(std::mem::replace(&mut first, Builder::new(None)));
            }
        } else {
            let columns = builders.len();
            for (index, builder) in builders.iter_mut().enumerate() {
                if cells.next_element_seed(CellInto(builder))?.is_none() {
                    return Err(A::Error::custom(format_args!("{index} columns instead of {columns}")));
                }
            }
        }
        *rows += 1;
        Ok(())
    }
}

/// Appends a cell to a column.
struct CellInto<'b>(&'b mut Builder);

impl<'de> DeserializeSeed<'de> for CellInto<'_> {
    type Value = ();

    fn deserialize<D: Deserializer<'de>>(self, cell: D) -> Result<(), D::Error> {
        match self.0 {
            Builder::Integer(builder) => builder.append_option(Option::deserialize(cell)?),
            Builder::Float(builder) => builder.append_option(Option::deserialize(cell)?),
            Builder::Boolean(builder) => builder.append_option(Option::deserialize(cell)?),
            Builder::String(texts) => cell.deserialize_any(TextInto { texts, seen: None })?,
            Builder::Inferred(texts, seen) => cell.deserialize_any(TextInto { texts, seen: Some(seen) })?,
        }
        Ok(())
    }
}

/// Appends any value as text.
struct TextInto<'b> {
    texts: &'b mut LargeStringBuilder,
    seen: Option<&'b mut Seen>,
}

impl TextInto<'_> {
    fn number(mut self, number: impl ToString) {
        let text = number.to_string();
        if let Some(seen) = &mut self.seen {
            seen.text(&text);
        }
        self.texts.append_value(text);
    }

    fn other(mut self, value: &Value) {
        if let Some(seen) = &mut self.seen {
            seen.others = true;
        }
        self.texts.append_value(value.to_string());
    }
}

impl<'de> Visitor<'de> for TextInto<'_> {
    type Value = ();

    fn expecting(&self, f: &mut fmt::Formatter) -> fmt::Result {
        f.write_str("any value")
    }

    fn visit_str<E>(mut self, text: &str) -> Result<(), E> {
        if let Some(seen) = &mut self.seen {
            seen.text(text);
        }
        self.texts.append_value(text);
        Ok(())
    }

    fn visit_unit<E>(self) -> Result<(), E> {
        self.texts.append_null();
        Ok(())
    }

    fn visit_bool<E>(mut self, value: bool) -> Result<(), E> {
        if let Some(seen) = &mut self.seen {
            seen.booleans = true;
        }
        self.texts.append_value(if value { TRUE } else { FALSE });
        Ok(())
    }

    fn visit_i64<E>(self, value: i64) -> Result<(), E> {
        self.number(value);
        Ok(())
    }

    fn visit_u64<E>(self, value: u64) -> Result<(), E> {
        self.number(value);
        Ok(())
    }

    fn visit_f64<E>(self, value: f64) -> Result<(), E> {
        // In the form of JSON, which has a point or an exponent.
        self.number(Value::from(value));
        Ok(())
    }

    fn visit_seq<A: SeqAccess<'de>>(self, values: A) -> Result<(), A::Error> {
        self.other(&Value::deserialize(SeqAccessDeserializer::new(values))?);
        Ok(())
    }

    fn visit_map<A: MapAccess<'de>>(self, fields: A) -> Result<(), A::Error> {
        self.other(&Value::deserialize(MapAccessDeserializer::new(fields))?);
        Ok(())
    }
}
