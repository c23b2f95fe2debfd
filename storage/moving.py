"""What goes along when a chat gets another id. Messages that were said stay where they were: their ids are void."""

from collections.abc import Sequence

from storage.database import Tx, number, text


async def take_cases(tx: Tx, platform: str, old: str, to: str) -> None:
    """Open cases and what is being put together. Idempotent.

    A draft stays where its reporter has begun another one under the new id, and its case with it; the old id leads on.
    Cases that are over stay too, so that a group of many years moves as fast as a young one.
    """
    # A closed draft says where the receipt is, and it must say the same as its case.
    await tx.run(
        "UPDATE drafts SET chat = :to, message = NULL WHERE platform = :platform AND chat = :old"
        " AND case_id IN (SELECT id FROM cases WHERE state NOT IN ('closed', 'rejected', 'merged', 'withdrawn'))"
        " AND (closed_at IS NOT NULL OR NOT EXISTS (SELECT 1 FROM drafts begun WHERE begun.platform = :platform"
        " AND begun.chat = :to AND begun.member_id = drafts.member_id AND begun.closed_at IS NULL))",
        platform=platform,
        old=old,
        to=to,
    )
    await tx.run(
        "UPDATE cases SET home_chat = :to WHERE home_platform = :platform AND home_chat = :old"
        " AND state NOT IN ('closed', 'rejected', 'merged', 'withdrawn') AND NOT EXISTS (SELECT 1 FROM drafts d"
        " WHERE d.case_id = cases.id AND d.platform = :platform AND d.chat = :old)",
        platform=platform,
        old=old,
        to=to,
    )


async def take_dialogs(tx: Tx, platform: str, old: str, to: str) -> None:
    """Open dialogs; one begun under the new id is the newer one. Idempotent."""
    await tx.run(
        "DELETE FROM dialogs WHERE platform = :platform AND chat = :old AND EXISTS (SELECT 1 FROM dialogs begun"
        " WHERE begun.platform = :platform AND begun.chat = :to AND begun.member_id = dialogs.member_id)",
        platform=platform,
        old=old,
        to=to,
    )
    await tx.run(
        "UPDATE dialogs SET chat = :to WHERE platform = :platform AND chat = :old", platform=platform, old=old, to=to
    )


async def take_unsent(tx: Tx, platform: str, old: str, to: str) -> Sequence[tuple[int, str]]:
    """Messages that wait, with their choices; returns id and body of each. Idempotent.

    What is being sent meanwhile waits again when the platform refuses it, and is taken the next time. Reactions end.
    """
    # The list of states is that of the index; the message under way is left out beside it.
    await tx.run(
        "UPDATE outbox SET state = 'dropped', reason = 'moved' WHERE platform = :platform AND chat = :old"
        " AND kind = 'reaction' AND state IN ('queued', 'sending', 'unknown') AND state <> 'sending'",
        platform=platform,
        old=old,
    )
    await tx.run(
        "UPDATE prompts SET chat = :to WHERE outbox_id IN (SELECT id FROM outbox WHERE platform = :platform"
        " AND chat = :old AND state IN ('queued', 'sending', 'unknown') AND state <> 'sending')",
        platform=platform,
        old=old,
        to=to,
    )
    rows = await tx.all(
        "UPDATE outbox SET chat = :to, topic = CAST(:begins AS TEXT) || substr(topic, CAST(:rest AS INTEGER))"
        " WHERE platform = :platform AND chat = :old AND state IN ('queued', 'sending', 'unknown')"
        " AND state <> 'sending' RETURNING id, body",
        platform=platform,
        old=old,
        to=to,
        begins=f"{platform}:{to}:",
        rest=len(f"{platform}:{old}:") + 1,
    )
    return [(number(row, "id"), text(row, "body")) for row in rows]


async def rewrite(tx: Tx, queued: int, body: str) -> None:
    """Another body for a message that waits."""
    await tx.run("UPDATE outbox SET body = :body WHERE id = :id", id=queued, body=body)


async def drop_waiting(tx: Tx, platform: str, chat: str, slot: str) -> None:
    """The message of a slot that waits is not wanted any more. Idempotent."""
    await tx.run(
        "UPDATE outbox SET state = 'dropped', reason = 'not wanted' WHERE platform = :platform AND chat = :chat"
        " AND slot = :slot AND state = 'queued'",
        platform=platform,
        chat=chat,
        slot=slot,
    )
