"""Runs things: intake, the one transaction of an event, courier, clock, photos."""
