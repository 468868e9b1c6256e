"""The fixture `nebula_emulator` for pytest."""

from __future__ import annotations

from typing import Iterator

import pytest

from ._emulator import Emulator


def pytest_configure(config: pytest.Config) -> None:
    config.addinivalue_line(
        "markers", "nebula_emulator(**options): options of the emulator that the fixture nebula_emulator starts"
    )


@pytest.fixture
def nebula_emulator(request: pytest.FixtureRequest) -> Iterator[Emulator]:
    """An emulator of Explorer, a hundred times as fast as real time.

    `@pytest.mark.nebula_emulator(speed=1, faults=["run_workflow=drop-after"])` sets its options.
    """
    marker = request.node.get_closest_marker("nebula_emulator")
    options = {"speed": 100, **(marker.kwargs if marker else {})}
    with Emulator(**options) as emulator:
        yield emulator
