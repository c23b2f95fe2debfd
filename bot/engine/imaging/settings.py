"""What a worker is started with."""

import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field


@dataclass(frozen=True, slots=True)
class Limits:
    """What one picture may cost: sizes in bytes and pixels, times in seconds. `idle_s` ends a worker without work."""

    bytes: int = 20_000_000
    pixels: int = 50_000_000
    cpu_s: int = 10
    memory_bytes: int = 1 << 30
    wall_s: float = 20.0
    idle_s: float = 60.0


@dataclass(frozen=True, slots=True)
class Settings:
    """Limits, and the names that may be drawn with the `module:function` behind each; given as one argument, JSON."""

    limits: Limits = field(default_factory=Limits)
    drawings: Mapping[str, str] = field(default_factory=dict[str, str])

    def write(self) -> str:
        return json.dumps({"limits": asdict(self.limits), "drawings": dict(self.drawings)})

    @classmethod
    def read(cls, text: str) -> "Settings":
        fields = json.loads(text)
        return cls(Limits(**fields["limits"]), fields["drawings"])
