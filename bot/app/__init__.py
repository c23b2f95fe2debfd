"""The composition root: the only place that knows every part, and starts and stops them in order."""

from bot.app.app import App, open_app
from bot.app.demo import Demo
from bot.app.opening import Opened

__all__ = ["App", "Demo", "Opened", "open_app"]
