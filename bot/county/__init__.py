"""The county as data: the invented default county in TOML, and the loader that checks such a folder at start."""

from bot.county.faults import RulebookFault
from bot.county.files import default_dir
from bot.county.loader import load
from bot.county.people import DemoPerson, load_people

__all__ = ["DemoPerson", "RulebookFault", "default_dir", "load", "load_people"]
