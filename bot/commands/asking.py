"""Questions at the terminal. Ctrl-C ends the command."""

from bot.commands.wording import say


def ask_text(key: str, default: str = "") -> str:
    """What was typed, without blanks around it."""
    import questionary

    return str(_answered(questionary.text(say(key), default=default).ask())).strip()


def ask_yes(key: str) -> bool:
    """Yes unless something else was said."""
    import questionary

    return bool(_answered(questionary.confirm(say(key), default=True).ask()))


def ask_no(key: str) -> bool:
    """No, which is false, unless something else was said."""
    import questionary

    return bool(_answered(questionary.confirm(say(key), default=False).ask()))


def _answered(answer: object) -> object:
    if answer is None:
        raise KeyboardInterrupt
    return answer
