"""Configuration: one frozen `Settings`, read from a TOML file and then from the environment."""

from bot.config.faults import ConfigFault
from bot.config.load import load
from bot.config.settings import Settings

__all__ = ["ConfigFault", "Settings", "load"]
