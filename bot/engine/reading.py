"""From a row of the inbox to the event it holds."""

from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Final

from bot.chat.events import Event, FromPlatform, Incoming, Placed, Pressed
from bot.chat.platform import Raw
from bot.chat.wire import read_internal
from bot.domain.wording import storable
from storage.inbox import Kept

INTERNAL: Final = "engine"  # source of events of our own in the inbox

Reader = Callable[[Raw], FromPlatform | None]

# What foreign bytes make of a parser that expected something else.
_UNREADABLE: Final = (ValueError, LookupError, TypeError, AttributeError, ArithmeticError, RecursionError)


class Unreadable(Exception):
    """An update that its adapter cannot read: no try will help."""


def read_event(kept: Kept, readers: Mapping[str, Reader]) -> Event | None:
    """The event of a row; None for an update that means nothing to us.

    Raises:
        Unreadable: it cannot be read, or nobody here reads what comes from there.
    """
    arrival = kept.arrival
    try:
        if arrival.source == INTERNAL:
            return _cleaned(read_internal(arrival.event_id, arrival.payload, arrival.at))
        reader = readers.get(arrival.source)
        if reader is not None:
            return _cleaned(reader(Raw(arrival.event_id, arrival.lane, arrival.payload, arrival.at)))
    except _UNREADABLE as fault:
        raise Unreadable(type(fault).__name__) from fault
    raise Unreadable(f"no platform {arrival.source} here")


def _cleaned(event: Event | None) -> Event | None:
    """What people typed, as it can be stored: one strange character must not cost a report."""
    match event:
        case Incoming():
            there = event.position
            return replace(
                event,
                text=storable(event.text),
                quoted=storable(event.quoted),
                sender_name=storable(event.sender_name),
                position=replace(there, name=storable(there.name)) if there else None,
            )
        case Pressed():
            return replace(event, sender_name=storable(event.sender_name))
        case Placed():
            return replace(event, title=storable(event.title))
        case _:
            return event
