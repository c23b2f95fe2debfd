"""Spreadsheets for the office: read by key in short transactions, written beside the loop."""

from bot.export.asked import Asked, is_month, month_of

__all__ = ["Asked", "is_month", "month_of"]
