"""Image intake: pictures from outside are opened, cleaned and drawn in a process of their own, never in the bot's."""

from bot.engine.imaging.client import ImageWorker, NoSuchDrawing, WorkerUnusable
from bot.engine.imaging.hashes import distance
from bot.engine.imaging.prepared import AiLabel, Prepared, Reason, Unreadable
from bot.engine.imaging.settings import Limits
from bot.engine.imaging.sniff import Kind

__all__ = [
    "AiLabel",
    "ImageWorker",
    "Kind",
    "Limits",
    "NoSuchDrawing",
    "Prepared",
    "Reason",
    "Unreadable",
    "WorkerUnusable",
    "distance",
]
