"""Timing shared by the scripts: rounds interleaved, medians, and the machine they were taken on."""

import os
import platform
import statistics
from collections.abc import Sequence
from dataclasses import dataclass


@dataclass(frozen=True)
class Figure:
    """A figure with its bar, if it has one; `at_most` tells on which side it must stay."""

    name: str
    value: float
    unit: str
    bar: float | None = None
    at_most: bool = True
    note: str = ""

    @property
    def holds(self) -> bool:
        if self.bar is None:
            return True
        return self.value <= self.bar if self.at_most else self.value >= self.bar

    def __str__(self) -> str:
        sign = "" if self.bar is None else f"  (bar {'≤' if self.at_most else '≥'} {self.bar:g} {self.unit})"
        verdict = "" if self.bar is None else "  ok" if self.holds else "  MISSED"
        return f"{self.name:<58} {self.value:>9.3g} {self.unit:<10}{sign}{verdict}  {self.note}".rstrip()


def spread(values: Sequence[float]) -> str:
    """Lowest and highest, to show how noisy the machine was."""
    return f"{min(values):.3g}–{max(values):.3g}"


def median(values: Sequence[float]) -> float:
    return statistics.median(values)


def machine() -> str:
    return f"{os.cpu_count()} cores, {platform.system()} {platform.machine()}, Python {platform.python_version()}"
