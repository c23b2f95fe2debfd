"""Ids of members as they come with what the AI bot hears.

A bot that an ordinary member made gets encrypted ids (`wo…`), which only an app of the same company can make plain
(WeCom developer documentation, page 101521, read 2026-11). They have capital letters that count; plain ids have none.
"""

from typing import Final

from bot.platforms.wecom.kinds import Json, table, words

_SHORTEST_ENCRYPTED: Final = 20


def userid_of(frame: Json) -> str:
    """Who speaks, as the platform writes it; empty if nobody does."""
    return words(table(table(frame.get("body")).get("from")).get("userid"))


def is_encrypted(userid: str) -> bool:
    """Whether it is an encrypted id."""
    return userid.startswith("wo") and len(userid) >= _SHORTEST_ENCRYPTED and userid != userid.lower()


def with_userid(frame: Json, plain: str) -> Json:
    """The same frame as if the person had come with this id."""
    body = table(frame.get("body"))
    return {**frame, "body": {**body, "from": {**table(body.get("from")), "userid": plain}}}
