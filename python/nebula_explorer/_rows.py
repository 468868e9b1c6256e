"""The rows of a task's result."""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any, Dict, Iterator, List, Optional, Union

from . import _native

if TYPE_CHECKING:
    import pandas
    import polars
    import pyarrow

#: A cell. An empty one is `None`, except in a column of strings.
Cell = Union[str, int, float, bool, None]

#: How many rows an iteration converts at a time.
_CHUNK = 1000


class Rows:
    """The rows of a task's result, in columns that are named and typed as requested.

    Types that were not requested are inferred such that no information is lost: a column is of integers if every cell is one of 64
    bits without leading zeros, else of floats if every cell is a number of at most 17 digits, else of strings. Ids that are digits
    become integers: request `str` to keep them as text.

    polars, pyarrow, pandas, DuckDB and others read it without copying, through Arrow's capsule interface.
    """

    def __init__(self, rows: _native.Rows) -> None:
        self._native = rows

    def __len__(self) -> int:
        return len(self._native)

    def __iter__(self) -> Iterator[List[Cell]]:
        """Each row as a list."""
        for start in range(0, len(self), _CHUNK):
            yield from self._native.lists(start, start + _CHUNK)

    @property
    def columns(self) -> Dict[str, str]:
        """The names of the columns, and those of their types: `str`, `int`, `float` or `bool`."""
        return dict(self._native.columns())

    def to_list(self) -> List[List[Cell]]:
        """All rows as lists."""
        return self._native.lists(0, len(self))

    def to_dicts(self) -> List[Dict[str, Cell]]:
        """All rows as dictionaries, by the names of the columns."""
        return self._native.dicts(0, len(self))

    def to_polars(self) -> polars.DataFrame:
        """A data frame of polars, without copying."""
        frame: polars.DataFrame = _library("polars").DataFrame(self)
        return frame

    def to_arrow(self) -> pyarrow.Table:
        """A table of pyarrow, without copying."""
        return _library("pyarrow").table(self)

    def to_pandas(self) -> pandas.DataFrame:
        """A data frame of pandas. It needs pyarrow."""
        _library("pandas")
        return self.to_arrow().to_pandas()

    def __arrow_c_stream__(self, requested_schema: Optional[object] = None) -> object:
        return self._native.__arrow_c_stream__(requested_schema)

    def __arrow_c_schema__(self) -> object:
        return self._native.__arrow_c_schema__()

    def __repr__(self) -> str:
        columns = ", ".join(f"{name}: {kind}" for name, kind in self._native.columns())
        return f"<Rows: {len(self)} rows of ({columns})>"


def _library(name: str) -> Any:
    try:
        return import_module(name)
    except ImportError as error:
        raise ImportError(f"{name} is not installed: pip install {name}") from error
