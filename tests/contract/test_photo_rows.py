"""Rows of photos and recordings, and what a message said, on both databases."""

from datetime import timedelta

from bot.domain.case import Case
from bot.domain.people import MemberId
from storage import case_list, cases, inbox, members, photo_list, photos, said
from storage.database import Database, Tx
from storage.inbox import Arrival, InboxState
from storage.photo_list import Kept
from storage.photos import Found, Media, PhotoKind, PhotoState
from storage.said import Said
from tests.fake import FakeClock

AT = FakeClock().now()
PICTURE = Found(
    blob="a" * 64 + ".jpg", thumb="b" * 64 + ".jpg", bytes=100, width=1, height=1, sha256_received="a" * 64,
    sha256_stored="a" * 64, dhash="0", phash="0", taken_claim=None, position_claim=None, ai_label=None,
)  # fmt: skip
VOICE = "c" * 64 + ".ogg"


async def report(tx: Tx) -> tuple[MemberId, Case]:
    who = await members.insert(tx, "赵强", AT)
    return who, await cases.insert(tx, who, AT)


async def one_of_each(tx: Tx) -> tuple[MemberId, Case, int, int]:
    who, case = await report(tx)
    picture = await photos.want(tx, who, PhotoKind.REPORT, "sandbox", "p", AT, case=case.id)
    voice = await photos.want(tx, who, PhotoKind.REPORT, "sandbox", "v", AT, case=case.id, media=Media.VOICE)
    return who, case, picture, voice


async def test_a_recording_is_no_photo_of_its_case(database: Database) -> None:
    async with database.write() as tx:
        _, case, picture, voice = await one_of_each(tx)
        assert [one.id for one in await photos.list_of_case(tx, case.id)] == [picture]
        assert [(one.id, one.media) for one in await photos.recordings(tx, case.id)] == [(voice, Media.VOICE)]
        await tx.run("UPDATE cases SET state = 'reported' WHERE id = :id", id=case.id)
        (listed,) = await case_list.page(tx, 0, AT - timedelta(days=1), AT + timedelta(days=1), 10)
        assert listed.photos == 1


async def test_a_recording_is_stored_once_and_counts_its_bytes_only(database: Database) -> None:
    async with database.write() as tx:
        who, case, picture, voice = await one_of_each(tx)
        assert await photos.store_recording(tx, voice, VOICE, 2000, "c" * 64, AT)
        assert not await photos.store_recording(tx, voice, VOICE, 2000, "c" * 64, AT)
        assert await photos.store(tx, picture, PICTURE, AT)
        stored = await photos.get(tx, voice)
        assert (stored.state, stored.blob, stored.thumb) == (PhotoState.STORED, VOICE, None)
        assert await photos.stored_since(tx, who, AT - timedelta(days=1)) == (1, 2100)
        assert await photo_list.of_case(tx, case.id) == [
            Kept("赵强", None, PhotoState.STORED, AT, PICTURE.blob, 100),
            Kept("赵强", Media.VOICE, PhotoState.STORED, AT, VOICE, 2000),
        ]


async def test_backups_and_the_sweep_know_the_files_of_recordings(database: Database) -> None:
    async with database.write() as tx:
        _, _, picture, voice = await one_of_each(tx)
        await photos.store(tx, picture, PICTURE, AT)
        await photos.store_recording(tx, voice, VOICE, 2000, "c" * 64, AT)
        assert [names for _, names in await photo_list.page(tx, 0, 10)] == [(PICTURE.blob, PICTURE.thumb), (VOICE,)]
        assert await photo_list.blob_names(tx, 0, 10) == ([PICTURE.blob, PICTURE.thumb, VOICE], voice)


async def test_the_sweep_knows_what_was_uploaded_on_a_page_until_a_photo_was_made_of_it(database: Database) -> None:
    upload = "d" * 64 + ".upload"
    async with database.write() as tx:
        who, case = await report(tx)
        photo = await photos.want(tx, who, PhotoKind.REPAIR, "sandbox", f"page:{upload}", AT, case=case.id)
        assert await photo_list.blob_names(tx, 0, 10) == ([upload], photo)
        await photos.fail(tx, photo, "kind")
        assert await photo_list.blob_names(tx, 0, 10) == ([], photo)


async def test_arrivals_that_wait_are_found_by_how_their_ids_begin(database: Database) -> None:
    async with database.write() as tx:
        for event in ("page:1:2:a", "page:1:2:b", "page:1:2:c", "photo:1"):
            await inbox.add(tx, [Arrival("engine", event, "lane", f"of {event}", AT)])
        first = await inbox.head(tx, "lane")
        assert first is not None
        await inbox.finish(tx, first.id, AT)
        second = await inbox.head(tx, "lane")
        assert second is not None
        await inbox.set_aside(tx, second.id, AT, "fault")
        assert await inbox.payloads(tx, "engine", "page:") == ["of page:1:2:b", "of page:1:2:c"]
        found = [await inbox.find_state(tx, "engine", f"page:1:2:{one}") for one in "abcd"]
        assert found == [InboxState.DONE, InboxState.SET_ASIDE, InboxState.NEW, None]


async def test_the_last_thing_a_message_said_is_known(database: Database) -> None:
    async with database.write() as tx:
        _, case = await report(tx)
        assert await said.look_up(tx, "sandbox", "c", "1") is None
        await said.note(tx, "sandbox", "c", "1", case.id)
        assert await said.look_up(tx, "sandbox", "c", "1") == Said(case.id, "")
        await said.note(tx, "sandbox", "c", "1", case.id, "路灯不亮")
        assert await said.look_up(tx, "sandbox", "c", "1") == Said(case.id, "路灯不亮")
        assert await said.find(tx, "sandbox", "c", "1") == case.id
        assert await said.look_up(tx, "sandbox", "other", "1") is None
