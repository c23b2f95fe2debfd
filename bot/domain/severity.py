"""How urgent a case is."""

from enum import StrEnum


class Severity(StrEnum):
    """How urgent a case is; P1 runs around the clock."""

    P1 = "P1"
    P2 = "P2"
    P3 = "P3"
    P4 = "P4"
