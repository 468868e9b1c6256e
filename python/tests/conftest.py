"""An emulator for each test, and clients of it."""

from __future__ import annotations

from typing import Callable, Iterator

import nebula_explorer as ne
import pytest
from stub import StubServer


@pytest.fixture
def explorer(nebula_emulator: ne.Emulator) -> Iterator[ne.Explorer]:
    with nebula_emulator.explorer() as explorer:
        yield explorer


@pytest.fixture
def workflow(nebula_emulator: ne.Emulator) -> Callable[[str], int]:
    """The id of a workflow, by its name."""
    ids = {name: id for id, name in nebula_emulator.workflows.items()}
    return ids.__getitem__


@pytest.fixture
def stub() -> Iterator[StubServer]:
    with StubServer() as server:
        yield server
