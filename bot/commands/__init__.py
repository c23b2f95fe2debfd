"""What the command line does: one module a moment of use, imported when its command is called."""
