"""The web server: the sandbox's pages, health and metrics."""
