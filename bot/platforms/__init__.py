"""Adapters: they translate and transport, and know nothing of cases."""
