"""The composition root: the only place that knows every part, and starts and stops them in order."""
