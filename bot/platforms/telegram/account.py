"""The bot's own account, as Telegram describes it."""

from dataclasses import dataclass

from bot.platforms.telegram.ids import Json, whole, words


@dataclass(frozen=True, slots=True)
class Account:
    """`reads_all`: privacy mode is off. A group it joined before that was switched off still has it on."""

    id: int
    username: str
    reads_all: bool

    @classmethod
    def read(cls, user: Json) -> "Account":
        """From the answer to getMe.

        Raises:
            ValueError, KeyError: it is none.
        """
        return cls(whole(user["id"]), words(user.get("username")), user.get("can_read_all_group_messages") is True)

    def stored(self) -> dict[str, int | str | bool]:
        """What is kept beside each update, so that it can be read later, whatever the account is called then."""
        return {"id": self.id, "username": self.username, "can_read_all_group_messages": self.reads_all}
