"""The neutral chat model and what a feature needs."""
