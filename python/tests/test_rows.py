"""Rows as lists, dictionaries and Arrow."""

from __future__ import annotations

import math
import sys
from typing import Any, List

import nebula_explorer as ne
import pytest
from stub import StubServer


@pytest.mark.parametrize(
    ("cells", "kind", "values"),
    [
        (["1", "-2", "0"], "int", [1, -2, 0]),
        (["1", "", None], "int", [1, None, None]),
        ([1, 2], "int", [1, 2]),
        ([str(2**63 - 1)], "int", [2**63 - 1]),
        # More than 64 bits, and as floats the digits would be lost.
        ([str(2**63), "1"], "str", [str(2**63), "1"]),
        (["007", "8"], "str", ["007", "8"]),
        (["+1"], "str", ["+1"]),
        (["-0"], "float", [-0.0]),
        (["0.25", "1e-7", "3"], "float", [0.25, 1e-7, 3.0]),
        (["0.5", "NaN", "-inf"], "float", [0.5, math.nan, -math.inf]),
        (["NaN", "Inf"], "str", ["NaN", "Inf"]),
        ([0.5, 2], "float", [0.5, 2.0]),
        (["0.12345678901234567890"], "str", ["0.12345678901234567890"]),
        (["1e999"], "str", ["1e999"]),
        (["9007199254740993", "0.5"], "str", ["9007199254740993", "0.5"]),
        (["1", "a"], "str", ["1", "a"]),
        (["", ""], "str", ["", ""]),
        ([None, None], "str", [None, None]),
        (["a", "", None], "str", ["a", "", None]),
        ([True, None, False], "bool", [True, None, False]),
        (["true", "false"], "str", ["true", "false"]),
        ([True, 1], "str", ["true", "1"]),
        ([["a", 1], {"b": None}], "str", ['["a",1]', '{"b":null}']),
        (['"quoted"', "line\nbreak", "勒布朗"], "str", ['"quoted"', "line\nbreak", "勒布朗"]),
    ],
)
def test_types_are_inferred_without_a_loss(stub: StubServer, cells: List[Any], kind: str, values: List[Any]) -> None:
    rows = stub.rows([[cell] for cell in cells])
    assert rows.columns == {"column_1": kind}
    shown = [value for (value,) in rows]
    assert list(map(repr, shown)) == list(map(repr, values))


@pytest.mark.parametrize(
    ("kind", "cells", "values"),
    [
        (str, ["1", "", None, 2, True, [1]], ["1", "", None, "2", "true", "[1]"]),
        (int, ["1", "", None, 2, " 3 "], [1, None, None, 2, 3]),
        (float, ["1", "", None, "1e3", "nan"], [1.0, None, None, 1000.0, math.nan]),
        (bool, ["true", "", None, False], [True, None, None, False]),
    ],
)
def test_types_are_converted_as_requested(stub: StubServer, kind: Any, cells: List[Any], values: List[Any]) -> None:
    rows = stub.rows([[cell] for cell in cells], columns={"cell": kind})
    assert list(map(repr, (row["cell"] for row in rows.to_dicts()))) == list(map(repr, values))


@pytest.mark.parametrize(
    ("items", "columns", "place", "problem"),
    [
        ([["a", "1"], ["b", "x"]], {"vid": str, "value": int}, (2, 2, '"x"'), "x"),
        ([["a", str(2**63)]], {"vid": str, "value": int}, (1, 2, f'"{2**63}"'), "9223372036854775808"),
        ([["a", "1e999"]], {"vid": str, "value": float}, (1, 2, '"1e999"'), "1e999"),
        ([["a", "1"], ["b"]], {"vid": str, "value": int}, (2, None, '["b"]'), "1 columns instead of 2"),
        ([["a", "1", "2"]], {"vid": str, "value": int}, (1, None, '["a","1","2"]'), "more columns"),
        ([["a"], ["b", "c"]], None, (2, None, '["b","c"]'), "more columns"),
        ([["a"], "b"], None, (2, None, '"b"'), "row"),
    ],
)
def test_a_row_that_does_not_match(stub: StubServer, items: Any, columns: Any, place: Any, problem: str) -> None:
    with pytest.raises(ne.RowError, match=problem) as raised:
        stub.rows(items, columns=columns)
    assert (raised.value.row, raised.value.column, raised.value.value) == place


@pytest.mark.parametrize(
    ("columns", "problem"),
    [
        ({"vid": bytes, "value": float}, "str, int, float or bool"),
        (["vid", "vid"], "two columns"),
    ],
)
def test_invalid_columns(stub: StubServer, columns: Any, problem: str) -> None:
    with pytest.raises(ne.InvalidInput, match=problem):
        stub.rows([["a", "1"]], columns=columns)


def test_no_rows(stub: StubServer) -> None:
    nothing: List[Any] = [[], None]
    for items in nothing:
        rows = stub.rows(items)
        assert (len(rows), rows.to_list(), rows.to_dicts(), list(rows), rows.columns) == (0, [], [], [], {})
        named = stub.rows(items, columns={"vid": str, "value": float})
        assert named.columns == {"vid": "str", "value": "float"} and named.to_polars().shape == (0, 2)


def test_iteration_is_complete(stub: StubServer) -> None:
    rows = stub.rows([[str(number)] for number in range(2500)])
    assert [value for (value,) in rows] == list(range(2500))
    assert repr(rows) == "<Rows: 2500 rows of (column_1: int)>"


ITEMS = [["a", "1", "0.5", True], ["勒", "", "NaN", None]]
COLUMNS = {"vid": str, "count": int, "value": float, "flag": bool}


def test_polars(stub: StubServer) -> None:
    import polars

    frame = stub.rows(ITEMS, columns=COLUMNS).to_polars()
    assert frame.schema == {
        "vid": polars.String,
        "count": polars.Int64,
        "value": polars.Float64,
        "flag": polars.Boolean,
    }
    assert frame["vid"].to_list() == ["a", "勒"] and frame["count"].to_list() == [1, None]
    assert frame["flag"].to_list() == [True, None] and math.isnan(frame["value"][1])


def test_pyarrow(stub: StubServer) -> None:
    import pyarrow

    rows = stub.rows(ITEMS, columns=COLUMNS)
    table = rows.to_arrow()
    assert table.schema.names == list(COLUMNS) and table.column("count").to_pylist() == [1, None]
    # Read a second time, and in another way.
    again = pyarrow.RecordBatchReader.from_stream(rows).read_all()
    assert again.drop_columns("value").equals(table.drop_columns("value"))
    assert pyarrow.schema(rows) == table.schema


def test_pandas(stub: StubServer) -> None:
    frame = stub.rows(ITEMS, columns=COLUMNS).to_pandas()
    assert list(frame.columns) == list(COLUMNS) and list(frame["vid"]) == ["a", "勒"]


def test_duckdb(stub: StubServer) -> None:
    import duckdb

    connection = duckdb.connect()
    connection.register("ranks", stub.rows(ITEMS, columns=COLUMNS))
    found = connection.execute("select count(*), sum(count), max(vid) from ranks").fetchall()
    assert found == [(2, 1, "勒")]


def test_arrow_outlives_the_rows(stub: StubServer) -> None:
    table = stub.rows([[f"vertex {number}"] for number in range(1000)]).to_arrow()
    assert table.column(0).to_pylist()[-1] == "vertex 999"


def test_a_library_that_is_missing_is_named(stub: StubServer, monkeypatch: pytest.MonkeyPatch) -> None:
    rows = stub.rows([["a"]])
    monkeypatch.setitem(sys.modules, "polars", None)
    with pytest.raises(ImportError, match="pip install polars"):
        rows.to_polars()


def test_a_large_response_is_rejected(stub: StubServer) -> None:
    stub.serve([["x" * 1000]] * 100)
    with pytest.raises(ne.ResponseTooLarge) as raised:
        ne.Explorer(stub.url, token="t", max_response_bytes=10_000).job(1).task("a").rows()
    assert raised.value.limit == 10_000
