"""A simulated quarter: the real engine plays thirteen weeks of a county, and an oracle of its own checks every message."""
