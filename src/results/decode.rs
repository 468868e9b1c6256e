//! Decodes the bytes of a response directly into rows of the caller's type, without a list of strings in between.

use std::cell::Cell;
use std::fmt;

use serde::de::value::{BorrowedStrDeserializer, StrDeserializer};
use serde::de::{
    DeserializeSeed, Deserializer, Error as _, IgnoredAny, IntoDeserializer as _, MapAccess, SeqAccess, Unexpected,
    Visitor,
};

use crate::contract::operations::fields;
use crate::error::RowError;

pub(crate) enum Error {
    /// A row does not match the requested type.
    Row(RowError),
    /// The JSON around the rows does not match the contract.
    Envelope { place: String, problem: String },
}

/// Where the rows are in the body of a response.
const PATH: &[&str] = &[fields::DATA, fields::ITEMS];

/// Decodes every row in the body of a response with `row`, and calls `each` with it, in order.
pub(crate) fn rows<'de, S: DeserializeSeed<'de> + Copy>(
    body: &'de [u8],
    row: S,
    each: impl FnMut(S::Value),
) -> Result<(), Error> {
    let place = Place::default();
    let mut json = serde_json::Deserializer::from_slice(body);
    let rows = Rows { place: &place, each, row };
    let outcome = Within { path: PATH, seed: rows }.deserialize(&mut json).and_then(|()| json.end());
    outcome.map_err(|error| {
        let problem = error.to_string();
        let row = place.row.get();
        if row == 0 || !error.is_data() {
            return Error::Envelope { place: PATH.join("."), problem };
        }
        let column = place.column.get();
        let value = value_at(body, row, column);
        Error::Row(RowError { row, column, value, problem: without_place(&problem), trace_id: None })
    })
}

/// The decoder's position, counted from 1.
#[derive(Default)]
struct Place {
    row: Cell<usize>,
    column: Cell<Option<usize>>,
}

/// The value at a position. The body is parsed again, so that rows that match pay nothing for it.
fn value_at(body: &[u8], row: usize, column: Option<usize>) -> Option<String> {
    let mut json = serde_json::Deserializer::from_slice(body);
    let row = Within { path: PATH, seed: OneRow(row - 1) }.deserialize(&mut json).ok()??;
    let value = match column {
        Some(column) => row.get(column - 1)?,
        None => &row,
    };
    Some(value.to_string())
}

/// The row with this index, counted from 0; `None` if there are fewer rows.
struct OneRow(usize);

impl<'de> DeserializeSeed<'de> for OneRow {
    type Value = Option<serde_json::Value>;

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<Self::Value, D::Error> {
        deserializer.deserialize_seq(self)
    }
}

impl<'de> Visitor<'de> for OneRow {
    type Value = Option<serde_json::Value>;

    fn expecting(&self, f: &mut fmt::Formatter) -> fmt::Result {
        f.write_str("a list of rows")
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut rows: A) -> Result<Self::Value, A::Error> {
        for _ in 0..self.0 {
            if rows.next_element::<IgnoredAny>()?.is_none() {
                return Ok(None);
            }
        }
        let row = rows.next_element()?;
        while rows.next_element::<IgnoredAny>()?.is_some() {}
        Ok(row)
    }
}

/// serde_json appends line and column of the text, which are meaningless in terms of rows.
fn without_place(problem: &str) -> String {
    problem.rsplit_once(" at line ").map_or(problem, |(problem, _)| problem).to_string()
}

/// Finds a value by its path of field names.
struct Within<'a, S> {
    path: &'a [&'a str],
    seed: S,
}

impl<'de, S: DeserializeSeed<'de>> DeserializeSeed<'de> for Within<'_, S> {
    type Value = S::Value;

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<S::Value, D::Error> {
        match self.path {
            [] => self.seed.deserialize(deserializer),
            _ => deserializer.deserialize_map(self),
        }
    }
}

impl<'de, S: DeserializeSeed<'de>> Visitor<'de> for Within<'_, S> {
    type Value = S::Value;

    fn expecting(&self, f: &mut fmt::Formatter) -> fmt::Result {
        write!(f, "an object with the field `{}`", self.path.join("."))
    }

    fn visit_map<A: MapAccess<'de>>(self, mut fields: A) -> Result<S::Value, A::Error> {
        let Some((name, path)) = self.path.split_first() else { return Err(A::Error::custom("the path is empty")) };
        let mut seed = Some(Within { path, seed: self.seed });
        let mut found = None;
        while let Some(field) = fields.next_key::<std::borrow::Cow<'de, str>>()? {
            match seed.take_if(|_| field == *name) {
                Some(seed) => found = Some(fields.next_value_seed(seed)?),
                None => {
                    fields.next_value::<IgnoredAny>()?;
                }
            }
        }
        found.ok_or_else(|| A::Error::custom(format_args!("missing field `{name}`")))
    }
}

/// All rows; `null` means no rows.
struct Rows<'p, S, F> {
    place: &'p Place,
    each: F,
    row: S,
}

impl<'de, S: DeserializeSeed<'de> + Copy, F: FnMut(S::Value)> DeserializeSeed<'de> for Rows<'_, S, F> {
    type Value = ();

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<(), D::Error> {
        deserializer.deserialize_any(self)
    }
}

impl<'de, S: DeserializeSeed<'de> + Copy, F: FnMut(S::Value)> Visitor<'de> for Rows<'_, S, F> {
    type Value = ();

    fn expecting(&self, f: &mut fmt::Formatter) -> fmt::Result {
        f.write_str("a list of rows")
    }

    fn visit_unit<E>(self) -> Result<(), E> {
        Ok(())
    }

    fn visit_seq<A: SeqAccess<'de>>(mut self, mut rows: A) -> Result<(), A::Error> {
        loop {
            self.place.row.set(self.place.row.get() + 1);
            self.place.column.set(None);
            match rows.next_element_seed(RowSeed { place: self.place, row: self.row })? {
                Some(row) => (self.each)(row),
                None => return Ok(()),
            }
        }
    }
}

struct RowSeed<'p, S> {
    place: &'p Place,
    row: S,
}

impl<'de, S: DeserializeSeed<'de>> DeserializeSeed<'de> for RowSeed<'_, S> {
    type Value = S::Value;

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<S::Value, D::Error> {
        self.row.deserialize(RowDeserializer { inner: deserializer, place: self.place })
    }
}

/// Presents a row as a sequence of cells, whatever the caller's type is.
struct RowDeserializer<'p, D> {
    inner: D,
    place: &'p Place,
}

impl<'de, D: Deserializer<'de>> Deserializer<'de> for RowDeserializer<'_, D> {
    type Error = D::Error;

    fn deserialize_any<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, D::Error> {
        self.inner.deserialize_seq(RowVisitor { visitor, place: self.place })
    }

    fn deserialize_newtype_struct<V: Visitor<'de>>(self, _: &'static str, visitor: V) -> Result<V::Value, D::Error> {
        visitor.visit_newtype_struct(self)
    }

    serde::forward_to_deserialize_any! {
        bool i8 i16 i32 i64 i128 u8 u16 u32 u64 u128 f32 f64 char str string bytes byte_buf option unit unit_struct seq tuple
        tuple_struct map struct enum identifier ignored_any
    }
}

struct RowVisitor<'p, V> {
    visitor: V,
    place: &'p Place,
}

impl<'de, V: Visitor<'de>> Visitor<'de> for RowVisitor<'_, V> {
    type Value = V::Value;

    fn expecting(&self, f: &mut fmt::Formatter) -> fmt::Result {
        f.write_str("a row: a list of strings")
    }

    fn visit_seq<A: SeqAccess<'de>>(self, cells: A) -> Result<V::Value, A::Error> {
        let mut columns = Columns { cells, place: self.place, read: 0 };
        let row = self.visitor.visit_seq(&mut columns)?;
        let read = columns.read;
        if columns.cells.next_element::<IgnoredAny>()?.is_some() {
            self.place.column.set(None);
            return Err(A::Error::custom(format_args!("more columns than the {read} of the requested type")));
        }
        Ok(row)
    }
}

struct Columns<'p, A> {
    cells: A,
    place: &'p Place,
    read: usize,
}

impl<'de, A: SeqAccess<'de>> SeqAccess<'de> for &mut Columns<'_, A> {
    type Error = A::Error;

    fn next_element_seed<S: DeserializeSeed<'de>>(&mut self, seed: S) -> Result<Option<S::Value>, A::Error> {
        self.place.column.set(Some(self.read + 1));
        let cell = self.cells.next_element_seed(CellSeed(seed))?;
        match cell {
            Some(_) => self.read += 1,
            None => self.place.column.set(None),
        }
        Ok(cell)
    }
}

struct CellSeed<S>(S);

impl<'de, S: DeserializeSeed<'de>> DeserializeSeed<'de> for CellSeed<S> {
    type Value = S::Value;

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<S::Value, D::Error> {
        self.0.deserialize(TextCell(deserializer))
    }
}

/// A cell is a string; numbers and booleans are parsed from that string.
struct TextCell<D>(D);

/// Parsing a number fails by itself if it is out of range.
fn any<T>(_: &T, _: &str) -> bool {
    true
}

/// Parsing a floating-point number that is too large gives infinity, which only the word for it stands for.
fn finite_f32(value: &f32, text: &str) -> bool {
    value.is_finite() || is_word(text)
}

fn finite_f64(value: &f64, text: &str) -> bool {
    value.is_finite() || is_word(text)
}

fn is_word(text: &str) -> bool {
    text.bytes().any(|byte| byte.eq_ignore_ascii_case(&b'n'))
}

macro_rules! parse {
    ($($method:ident $visit:ident $type:ty, $in_range:path;)*) => {$(
        fn $method<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, D::Error> {
            struct Parse<V>(V);

            impl<'de, V: Visitor<'de>> Visitor<'de> for Parse<V> {
                type Value = V::Value;

                fn expecting(&self, f: &mut fmt::Formatter) -> fmt::Result {
                    self.0.expecting(f)
                }

                fn visit_str<E: serde::de::Error>(self, text: &str) -> Result<V::Value, E> {
                    match text.trim().parse::<$type>() {
                        Ok(value) if $in_range(&value, text) => self.0.$visit(value),
                        _ => Err(E::invalid_value(Unexpected::Str(text), &self.0)),
                    }
                }

                fn visit_i64<E: serde::de::Error>(self, value: i64) -> Result<V::Value, E> {
                    self.0.visit_i64(value)
                }

                fn visit_u64<E: serde::de::Error>(self, value: u64) -> Result<V::Value, E> {
                    self.0.visit_u64(value)
                }

                fn visit_f64<E: serde::de::Error>(self, value: f64) -> Result<V::Value, E> {
                    self.0.visit_f64(value)
                }

                fn visit_bool<E: serde::de::Error>(self, value: bool) -> Result<V::Value, E> {
                    self.0.visit_bool(value)
                }
            }

            self.0.deserialize_any(Parse(visitor))
        }
    )*};
}

macro_rules! forward {
    ($($method:ident($($name:ident: $type:ty),*);)*) => {$(
        fn $method<V: Visitor<'de>>(self, $($name: $type,)* visitor: V) -> Result<V::Value, D::Error> {
            self.0.$method($($name,)* visitor)
        }
    )*};
}

impl<'de, D: Deserializer<'de>> Deserializer<'de> for TextCell<D> {
    type Error = D::Error;

    parse! {
        deserialize_bool visit_bool bool, any;
        deserialize_i8 visit_i8 i8, any;
        deserialize_i16 visit_i16 i16, any;
        deserialize_i32 visit_i32 i32, any;
        deserialize_i64 visit_i64 i64, any;
        deserialize_i128 visit_i128 i128, any;
        deserialize_u8 visit_u8 u8, any;
        deserialize_u16 visit_u16 u16, any;
        deserialize_u32 visit_u32 u32, any;
        deserialize_u64 visit_u64 u64, any;
        deserialize_u128 visit_u128 u128, any;
        deserialize_f32 visit_f32 f32, finite_f32;
        deserialize_f64 visit_f64 f64, finite_f64;
    }

    fn deserialize_option<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, D::Error> {
        self.0.deserialize_any(OptionVisitor(visitor))
    }

    fn deserialize_newtype_struct<V: Visitor<'de>>(self, _: &'static str, visitor: V) -> Result<V::Value, D::Error> {
        visitor.visit_newtype_struct(self)
    }

    forward! {
        deserialize_any();
        deserialize_char();
        deserialize_str();
        deserialize_string();
        deserialize_bytes();
        deserialize_byte_buf();
        deserialize_unit();
        deserialize_unit_struct(name: &'static str);
        deserialize_seq();
        deserialize_tuple(len: usize);
        deserialize_tuple_struct(name: &'static str, len: usize);
        deserialize_map();
        deserialize_struct(name: &'static str, fields: &'static [&'static str]);
        deserialize_enum(name: &'static str, variants: &'static [&'static str]);
        deserialize_identifier();
        deserialize_ignored_any();
    }
}

/// An empty cell is `None`.
struct OptionVisitor<V>(V);

impl<'de, V: Visitor<'de>> Visitor<'de> for OptionVisitor<V> {
    type Value = V::Value;

    fn expecting(&self, f: &mut fmt::Formatter) -> fmt::Result {
        self.0.expecting(f)
    }

    fn visit_unit<E: serde::de::Error>(self) -> Result<V::Value, E> {
        self.0.visit_none()
    }

    fn visit_i64<E: serde::de::Error>(self, value: i64) -> Result<V::Value, E> {
        self.0.visit_some(value.into_deserializer())
    }

    fn visit_u64<E: serde::de::Error>(self, value: u64) -> Result<V::Value, E> {
        self.0.visit_some(value.into_deserializer())
    }

    fn visit_f64<E: serde::de::Error>(self, value: f64) -> Result<V::Value, E> {
        self.0.visit_some(value.into_deserializer())
    }

    fn visit_bool<E: serde::de::Error>(self, value: bool) -> Result<V::Value, E> {
        self.0.visit_some(value.into_deserializer())
    }

    fn visit_borrowed_str<E: serde::de::Error>(self, text: &'de str) -> Result<V::Value, E> {
        match text {
            "" => self.0.visit_none(),
            text => self.0.visit_some(TextCell(BorrowedStrDeserializer::new(text))),
        }
    }

    fn visit_str<E: serde::de::Error>(self, text: &str) -> Result<V::Value, E> {
        match text {
            "" => self.0.visit_none(),
            text => self.0.visit_some(TextCell(StrDeserializer::new(text))),
        }
    }
}
