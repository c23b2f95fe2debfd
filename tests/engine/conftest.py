"""Tests of the engine read its log instead of printing it: a failing event is what many of them are about."""

from collections.abc import Iterator, MutableMapping
from typing import Any

import pytest
import structlog


@pytest.fixture(autouse=True)
def logged() -> Iterator[list[MutableMapping[str, Any]]]:
    """What the engine wrote to its log."""
    with structlog.testing.capture_logs() as entries:
        yield entries
