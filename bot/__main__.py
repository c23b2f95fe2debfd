"""`python -m bot`: the command line, also from a checkout that was not installed."""

from bot.cli import main

main()
