//! The rows of a result: as Arrow's columns, and as Python's values.

use arrow_array::ffi::FFI_ArrowSchema;
use arrow_array::ffi_stream::FFI_ArrowArrayStream;
use arrow_array::types::{Float64Type, Int64Type};
use nebula_explorer::arrow_array::cast::AsArray as _;
use nebula_explorer::arrow_array::{
    self, Array, BooleanArray, Float64Array, Int64Array, LargeStringArray, RecordBatch, RecordBatchIterator,
};
use nebula_explorer::{Column, ColumnType};
use pyo3::prelude::*;
use pyo3::types::{PyCapsule, PyDict, PyList, PyString};

use crate::convert::ToPython;
use crate::error::invalid_input;

/// The name of a column, and the name of its type.
pub type ColumnOption = (String, Option<String>);

pub fn columns(py: Python<'_>, columns: Vec<ColumnOption>) -> PyResult<Vec<Column>> {
    let column = |(name, type_name): ColumnOption| {
        let column_type = match type_name.as_deref() {
            None => return Ok(Column::inferred(name)),
            Some("str") => ColumnType::String,
            Some("int") => ColumnType::Integer,
            Some("float") => ColumnType::Float,
            Some("bool") => ColumnType::Boolean,
            Some(other) => {
                return Err(invalid_input(
                    py,
                    format!("the type of the column `{name}` is str, int, float or bool, not {other}"),
                ));
            }
        };
        Ok(Column::typed(name, column_type))
    };
    columns.into_iter().map(column).collect()
}

/// The rows of a result.
#[pyclass(frozen, module = "nebula_explorer._native")]
pub struct Rows(RecordBatch);

impl ToPython for RecordBatch {
    fn to_python(self, py: Python<'_>) -> PyResult<Py<PyAny>> {
        Ok(Py::new(py, Rows(self))?.into_any())
    }
}

#[pymethods]
impl Rows {
    fn __len__(&self) -> usize {
        self.0.num_rows()
    }

    /// The names and types of the columns.
    fn columns(&self) -> Vec<(String, &'static str)> {
        let schema = self.0.schema();
        let names = schema.fields().iter().map(|field| field.name().clone());
        names.zip(self.cells().iter().map(Cells::type_name)).collect()
    }

    /// The rows of a range as lists.
    fn lists<'py>(&self, py: Python<'py>, start: usize, stop: usize) -> PyResult<Bound<'py, PyList>> {
        let cells = self.cells();
        let row =
            |index| PyList::new(py, cells.iter().map(|column| column.get(py, index)).collect::<PyResult<Vec<_>>>()?);
        PyList::new(py, self.range(start, stop).map(row).collect::<PyResult<Vec<_>>>()?)
    }

    /// The rows of a range as dictionaries.
    fn dicts<'py>(&self, py: Python<'py>, start: usize, stop: usize) -> PyResult<Bound<'py, PyList>> {
        let schema = self.0.schema();
        let names: Vec<_> = schema.fields().iter().map(|field| PyString::new(py, field.name())).collect();
        let cells = self.cells();
        let row = |index| {
            let row = PyDict::new(py);
            for (name, column) in names.iter().zip(&cells) {
                row.set_item(name, column.get(py, index)?)?;
            }
            Ok(row)
        };
        PyList::new(py, self.range(start, stop).map(row).collect::<PyResult<Vec<_>>>()?)
    }

    /// As Arrow's capsule interface defines. The schema that is asked for is optional to respect.
    #[pyo3(signature = (requested_schema = None))]
    fn __arrow_c_stream__<'py>(
        &self,
        py: Python<'py>,
        requested_schema: Option<Bound<'py, PyAny>>,
    ) -> PyResult<Bound<'py, PyCapsule>> {
        let _ = requested_schema;
        let batches = RecordBatchIterator::new([Ok(self.0.clone())], self.0.schema());
        PyCapsule::new_with_value(py, FFI_ArrowArrayStream::new(Box::new(batches)), c"arrow_array_stream")
    }

    fn __arrow_c_schema__<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyCapsule>> {
        let schema = FFI_ArrowSchema::try_from(self.0.schema().as_ref());
        let schema = schema.map_err(|error| invalid_input(py, error.to_string()))?;
        PyCapsule::new_with_value(py, schema, c"arrow_schema")
    }
}

impl Rows {
    fn range(&self, start: usize, stop: usize) -> std::ops::Range<usize> {
        start..stop.min(self.0.num_rows())
    }

    fn cells(&self) -> Vec<Cells<'_>> {
        self.0.columns().iter().filter_map(|column| Cells::of(column)).collect()
    }
}

/// The cells of a column, in one of the types that the SDK produces.
enum Cells<'a> {
    Strings(&'a LargeStringArray),
    Integers(&'a Int64Array),
    Floats(&'a Float64Array),
    Booleans(&'a BooleanArray),
}

impl<'a> Cells<'a> {
    fn of(column: &'a dyn Array) -> Option<Self> {
        None.or_else(|| column.as_string_opt().map(Self::Strings))
            .or_else(|| column.as_primitive_opt::<Int64Type>().map(Self::Integers))
            .or_else(|| column.as_primitive_opt::<Float64Type>().map(Self::Floats))
            .or_else(|| column.as_boolean_opt().map(Self::Booleans))
    }

    fn type_name(&self) -> &'static str {
        match self {
            Self::Strings(_) => "str",
            Self::Integers(_) => "int",
            Self::Floats(_) => "float",
            Self::Booleans(_) => "bool",
        }
    }

    fn get<'py>(&self, py: Python<'py>, index: usize) -> PyResult<Bound<'py, PyAny>> {
        match self {
            Self::Strings(column) => Ok(column.is_valid(index).then(|| column.value(index)).into_pyobject(py)?),
            Self::Integers(column) => Ok(column.is_valid(index).then(|| column.value(index)).into_pyobject(py)?),
            Self::Floats(column) => Ok(column.is_valid(index).then(|| column.value(index)).into_pyobject(py)?),
            Self::Booleans(column) => Ok(column.is_valid(index).then(|| column.value(index)).into_pyobject(py)?),
        }
    }
}
