"""What a courier has to know of a message before it goes: is it still true, what does it change, how much does it count."""

from datetime import timedelta

from bot.chat.messages import AttachmentKind, Lines
from bot.chat.platform import Abilities, PlatformAdapter
from bot.chat.wire import Body, read_body
from bot.engine.clock import Clock
from bot.engine.pace import Pacer
from storage import cases, outbox
from storage.database import Tx
from storage.outbox import Queued, Shown


async def still_true(tx: Tx, queued: Queued) -> bool:
    """Whether the case is where the message says it is."""
    if queued.case_id is None or (queued.valid_round is None and not queued.valid_states):
        return True
    case = await cases.get(tx, queued.case_id)
    fits_round = queued.valid_round is None or case.round == queued.valid_round
    return fits_round and (not queued.valid_states or case.state in queued.valid_states)


async def shown_before(tx: Tx, queued: Queued, abilities: Abilities) -> Shown | None:
    """The earlier message of the slot, which is changed instead of sending another one."""
    if queued.slot is None or not abilities.edits:
        return None
    return await outbox.slot_shown(tx, queued.platform, queued.chat, queued.slot)


async def pacer_so_far(tx: Tx, platform: PlatformAdapter, clock: Clock) -> Pacer:
    """A pacer that knows what went out before it, by whomever."""
    pacer = Pacer(platform.pace)
    now, mono = clock.now(), clock.monotonic()
    longest = max((pace.seconds for pace in platform.pace), default=0.0)
    recent = await outbox.recently_sent(tx, platform.name, now - timedelta(seconds=longest))
    for queued, at in sorted(recent, key=lambda found: found[1] or now):
        body = Body(Lines(())) if queued.kind == "reaction" else read_body(queued.body)
        passed = (now - at).total_seconds() if at else 0.0
        pacer.note(queued.chat, not queued.private, mono - passed, counted(queued, body, platform.abilities))
    return pacer


def counted(queued: Queued, body: Body, abilities: Abilities) -> int:
    """How many messages a platform counts: an album is as many as its pictures, and its words one more; so is a file.

    A reaction is none. A picture on its own carries the words where that is possible.
    """
    if queued.kind == "reaction":
        return 0
    shown = [attachment for attachment in body.attachments if attachment.kind is not AttachmentKind.FILE]
    files = len(body.attachments) - len(shown) if abilities.files else 0
    pictures = sum(len(a.photos) if a.kind is AttachmentKind.PHOTO else 1 for a in shown) if abilities.photos else 0
    words = 0 if pictures == 1 and abilities.captions else 1
    return pictures + words + files
