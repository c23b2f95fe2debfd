"""The measured claims of README and docs, one script each; `python -m bench` runs them all and prints ratios."""
