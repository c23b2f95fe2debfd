"""People with phones, and the groups they are in."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from tests.telegram import updates
from tests.telegram.messages import Message, find
from tests.telegram.updates import Json

if TYPE_CHECKING:
    from tests.telegram.botapi import BotApi


@dataclass
class Person:
    """Whoever has not `started` the bot cannot be written to."""

    api: "BotApi" = field(repr=False)
    id: int
    first_name: str
    username: str | None = None
    started: bool = True

    @property
    def user(self) -> Json:
        return updates.user(self.id, self.first_name, self.username)

    def says(
        self, text: str = "", *, group: int | None = None, photo: bytes | None = None, album: Sequence[bytes] = (),
        document: bytes | tuple[str, str, bytes] | None = None, voice: bytes | None = None,
        video: bytes | None = None, location: tuple[float, float] | None = None,
        venue: tuple[float, float, str, str] | None = None, contents: Json | None = None,
        reply_to: Message | int | None = None, thread: int | None = None, media_group: str | None = None,
        origin: Json | None = None, masked: bool = False,
    ) -> Message:  # fmt: skip
        """Write to the bot, or into a group; returns the message, of an album its first part.

        `document`: bytes, or (name, type, bytes); `venue`: latitude, longitude, title, address; `contents`: any other,
        of `updates`; `media_group`: a part of an album, to be sent by itself; `masked`: in the name of the group.
        """
        if group is None:
            self.started = True
        parts = [self._photo(data, text if not index else "") for index, data in enumerate(album)]
        if contents is not None:
            parts.append(contents)
        elif photo is not None:
            parts.append(self._photo(photo, text))
        elif document is not None:
            name, mime, data = document if isinstance(document, tuple) else ("IMG_2031.jpg", "image/jpeg", document)
            ref = self.api.keep(data, name, mime)
            parts.append(updates.document(ref, name, mime, text, size=len(data)))
        elif voice is not None:
            parts.append(updates.voice(self.api.keep(voice, "voice.ogg", "audio/ogg"), size=len(voice)))
        elif video is not None:
            parts.append(updates.video(self.api.keep(video, "video.mp4", "video/mp4"), text, size=len(video)))
        elif venue is not None:
            parts.append(updates.venue(venue[2], venue[3], venue[0], venue[1]))
        elif location is not None:
            parts.append(updates.location(*location))
        elif not parts:
            parts.append(updates.text(text))
        name = media_group or (str(self.api.new_number()) if album else None)
        sent = [self._send(part, group, reply_to, thread, name, origin, masked) for part in parts]
        return sent[0]

    def _photo(self, data: bytes, words: str) -> Json:
        return updates.photo(self.api.keep(data, "photo.jpg", "image/jpeg"), words, size=len(data))

    def _send(
        self, contents: Json, group: int | None, reply_to: Message | int | None, thread: int | None,
        media_group: str | None, origin: Json | None, masked: bool,
    ) -> Message:  # fmt: skip
        api, chat = self.api, self.id if group is None else group
        answered = find(api, chat, reply_to) if isinstance(reply_to, int) else reply_to
        raw = updates.message(
            contents, chat=api.chat(chat), sender=updates.NOBODY if masked else self.user,
            sender_chat=api.chat(chat) if masked else None, message_id=api.next_id(chat), date=int(api.now()),
            album=media_group, reply_to=answered.raw if answered else None, origin=origin,
            topic=api.topics_of(chat)[thread] if thread is not None else None,
        )  # fmt: skip
        if group is not None:
            api.groups[group].standings.setdefault(self.id, "member")
        return api.arrive(raw, self.id)

    def edits(self, message: Message, text: str = "", *, contents: Json | None = None) -> None:
        """Change the words of a message of one's own, or by `contents` anything (a live location that moves)."""
        if contents is None:
            contents = updates.text(text) if message.text else updates.caption(text)
        changed = updates.edited(message.raw, contents, date=int(self.api.now()))["edited_message"]
        self.api.change(message, changed)

    def presses(self, label: str, *, in_chat: int | None = None, on: Message | None = None) -> str:
        """Press the newest button with this label (in the private chat, if no other is named); returns the query's id."""
        chat = self.id if in_chat is None else in_chat
        shown = [on] if on else [message for message in self.api.seen(chat) if label in message.labels]
        if not shown:
            raise AssertionError(f"no button {label!r} among {[message.labels for message in self.api.seen(chat)]}")
        data = next(data for row in shown[-1].keyboard for name, data in row if name == label)
        return self.presses_data(data, shown[-1])

    def presses_data(self, data: str, on: Message | None, *, gone: bool = False) -> str:
        """Press with any data, as a client can. `gone`: the message is so old that it is not told any more."""
        raw = on.raw if on else None
        return self.api.press(updates.gone(raw) if raw and gone else raw, data, self)

    def sees(self, in_chat: int | None = None) -> list[Message]:
        """What the bot has written, as it stands, oldest first."""
        return self.api.seen(self.id if in_chat is None else in_chat)

    def starts(self, payload: str = "") -> Message:
        """By the button, or by a link with a payload."""
        return self.says(f"/start {payload}".rstrip())

    def blocks(self) -> None:
        self._turns("member", "kicked")
        self.api.blocked.add(self.id)

    def unblocks(self) -> None:
        self._turns("kicked", "member")
        self.api.blocked.discard(self.id)

    def _turns(self, before: str, after: str) -> None:
        change = updates.placed(self.api.chat(self.id), before, after, by=self.user, date=int(self.api.now()))
        self.api.tell("my_chat_member", change["my_chat_member"])


@dataclass
class Group:
    """A supergroup if its id begins with -100. `standings`: status by the id of a person or of the bot;
    `topics`: the message that opened each, by the topic's id.
    """

    api: "BotApi" = field(repr=False)
    id: int
    title: str
    forum: bool = False
    standings: dict[int, str] = field(default_factory=dict)
    topics: dict[int, Json] = field(default_factory=dict)

    @property
    def chat(self) -> Json:
        return updates.group(self.id, self.title, forum=self.forum)

    def places_bot(self, status: str, by: Person) -> None:
        """`by` adds the bot, makes it administrator, restricts it or removes it (kicked, left)."""
        api = self.api
        before, self.standings[api.me["id"]] = self.standings.get(api.me["id"], "left"), status
        change = updates.placed(self.chat, before, status, by=by.user, who=api.user(), date=int(api.now()))
        api.tell("my_chat_member", change["my_chat_member"])
        if status in ("kicked", "left"):
            api.blocked.add(self.id)
            return
        api.blocked.discard(self.id)
        if before in ("kicked", "left"):
            api.arrive(self._service(updates.joined([api.user()], sender=by.user, chat=self.chat)), by.id)

    def opens_topic(self, name: str, by: Person) -> int:
        """A topic of a forum; returns its id."""
        number = self.api.next_id(self.id)
        opened = updates.topic_opened(name, message_id=number, chat=self.chat, date=int(self.api.now()))
        self.topics[number] = opened | {"from": by.user}
        self.api.arrive(self.topics[number], by.id)
        return number

    def migrates(self, new_id: int, by: Person) -> "Group":
        """Become a supergroup, which has another id; both messages that tell so are sent."""
        api = self.api
        new = api.group(new_id, self.title)
        new.standings |= self.standings
        api.migrated[self.id] = new_id
        api.arrive(self._service(updates.migrated_to(new.chat, old=self.chat)) | {"from": by.user}, by.id)
        api.arrive(new._service(updates.migrated_from(self.chat, new=new.chat)), by.id)
        return new

    def _service(self, raw: Json) -> Json:
        return raw | {"message_id": self.api.next_id(self.id), "date": int(self.api.now())}
