"""The page of one case: who sees what, what is refused, and what becomes of what is sent there."""

import re
from collections.abc import AsyncIterator, Sequence
from datetime import UTC, datetime
from io import BytesIO
from pathlib import Path

import pytest
from PIL import Image

import bot.web
from bot.chat.texts import load
from bot.domain.case import CaseId, CaseState
from bot.domain.people import MemberId, Rank, Role
from bot.domain.rulebook import AgencyId
from bot.domain.times import stored
from bot.engine.case_link import open_token, write_token
from bot.engine.imaging import ImageWorker
from bot.secrets import Secret, Signer
from storage import inbox, members, photos
from storage.blobs import open_blobs
from storage.database import open_database
from storage.inbox import Arrival
from storage.photos import PhotoKind, PhotoState
from tests.fake import picture
from tests.features.acting import POTHOLE, accepted, handled
from tests.town import ZONE, Person, TestTown, default_town
from tests.web.case_town import PUBLIC, SIGNER, CaseTown, card_of, case_app, link_of

WEB = Path(bot.web.__file__).parent
DIRTY = "后厨脏乱差，客运站"  # sensitive, market_reg
AFTER = picture("after")
AT = (46.90771, 130.41605)
FAR = datetime(2100, 1, 1, tzinfo=UTC)


@pytest.fixture
async def pages(sqlite_url: str, tmp_path: Path, image_worker: ImageWorker) -> AsyncIterator[CaseTown]:
    database = await open_database(sqlite_url, guarded=True)
    blobs = open_blobs(str(tmp_path / "photos"))
    town = await TestTown.open(database, blobs, image_worker, town=default_town(SIGNER, public_url=PUBLIC))
    yield CaseTown(town, case_app(town))
    await database.close()


async def raw_uploads(pages: CaseTown) -> list[str]:
    """What lies in the store as it was uploaded."""
    return [blob.name async for blob in pages.town.engine.parts.blobs.names() if blob.name.endswith(".upload")]


async def repairs(pages: CaseTown) -> list[PhotoState]:
    case = await pages.town.case(1)
    async with pages.town.database.read() as tx:
        return [photo.state for photo in await photos.list_of_case(tx, case.id, PhotoKind.REPAIR)]


def on_hold(pages: CaseTown) -> CaseTown:
    """The same town, where what is sent is stored and not worked off yet."""

    async def store(arrivals: Sequence[Arrival]) -> None:
        async with pages.town.database.write() as tx:
            await inbox.add(tx, arrivals)
            await tx.run("UPDATE inbox SET next_try_at = :far WHERE state = 'new'", far=stored(FAR))

    return CaseTown(pages.town, case_app(pages.town, store=store))


async def released(pages: CaseTown) -> None:
    """What was on hold is worked off."""
    async with pages.town.database.write() as tx:
        await tx.run("UPDATE inbox SET next_try_at = NULL WHERE next_try_at = :far", far=stored(FAR))
    await pages.town.settle()


def url_for(person: Person, case: int = 1) -> str:
    """The link this person would get, whether or not anybody sent it."""
    return f"{PUBLIC}/case/{write_token(SIGNER, CaseId(case), person.id)}"


# -- the link ------------------------------------------------------------------------------------------------------


async def test_the_card_carries_the_link_and_the_group_never_does(pages: CaseTown) -> None:
    _, contact = await accepted(pages.town)
    assert link_of(card_of(contact)) == url_for(contact)
    assert card_of(contact).rendered.links[0].label == "大图和上传"
    assert all(not shown.rendered.links for shown in pages.town.group)


async def test_the_sheet_that_was_asked_for_carries_it_too(pages: CaseTown) -> None:
    _, contact = await accepted(pages.town)
    await contact.says("办 0001")
    assert link_of(contact.last) == url_for(contact)


async def test_without_a_public_address_nobody_is_sent_a_link(town: TestTown) -> None:
    _, contact = await accepted(town)
    assert all(not shown.rendered.links for shown in contact.chat)


async def test_the_question_for_the_place_carries_it_in_private_only(pages: CaseTown) -> None:
    rider = await pages.town.rider("赵强")
    await rider.says("路灯不亮", photo="lamp.jpg", group=True)
    assert card_of(rider).rendered.links[0].label == "在地图上标"
    rider.platform.blocked.add(rider.account)
    stranger = await pages.town.stranger("路人")
    stranger.platform.blocked.add(stranger.account)
    await stranger.says("上报 路灯不亮", photo="lamp2.jpg", group=True)
    assert pages.town.group_hears("report.ask.place_open")
    assert all(not shown.rendered.links for shown in pages.town.group)


@pytest.mark.parametrize("wrong", ["", "x", "A" * 43, "é" * 43, "A" * 42 + "="])
def test_what_is_no_token_opens_nothing(wrong: str) -> None:
    assert open_token(SIGNER, wrong) is None


def test_a_token_holds_case_and_person_and_cannot_be_changed() -> None:
    token = write_token(SIGNER, CaseId(7), MemberId(9))
    assert open_token(SIGNER, token) == (7, 9)
    assert re.fullmatch(r"[A-Za-z0-9_-]{43}", token)
    for at in range(len(token) - 1):
        other = "A" if token[at] != "A" else "B"
        assert open_token(SIGNER, token[:at] + other + token[at + 1 :]) is None
    assert open_token(Signer(Secret(b"x" * 32)), token) is None


# -- who sees what -------------------------------------------------------------------------------------------------


async def test_a_contact_sees_what_the_card_shows_and_the_photo_in_full(pages: CaseTown) -> None:
    rider, contact = await accepted(pages.town, POTHOLE + "，电话13812345678")
    async with pages.page(link_of(card_of(contact))) as page:
        assert page.answer.status_code == 200
        for words in ("0001", "路面", "办理中", "客运站", "赵师傅", "住建局", "接收"):
            assert words in page.text
        assert "13812345678" not in page.text
        assert rider.name not in page.text
        (photo,) = page.photos
        shown = await page.client.get(photo)
    case = await pages.town.case(1)
    async with pages.town.database.read() as tx:
        (kept,) = await photos.list_of_case(tx, case.id)
    assert kept.blob is not None
    assert shown.content == await pages.town.engine.parts.blobs.get(kept.blob)
    assert shown.headers["content-type"] == "image/jpeg"
    assert shown.headers["cache-control"] == "no-store"


async def test_nothing_leaves_the_page_and_nothing_of_it_is_kept(pages: CaseTown) -> None:
    _, contact = await accepted(pages.town)
    async with pages.page(link_of(card_of(contact))) as page:
        headers = page.answer.headers
        assert headers["cache-control"] == "no-store"
        assert headers["referrer-policy"] == "no-referrer"
        assert "unsafe" not in headers["content-security-policy"]
        cookie = headers["set-cookie"]
        for part in ("HttpOnly", "Secure", "SameSite=strict", f"Path=/case/{page.url.rpartition('/')[2]}"):
            assert part in cookie
        for forbidden in ("http://", "https://", "<style", "<script>", ' style="', " onclick="):
            assert forbidden not in page.text
        for name in re.findall(r'(?:src|href)="(/case/static/[^"]+)"', page.text):
            assert (await page.client.get(name)).status_code == 200
        assert (await page.client.get("/case/static/sandbox.js")).status_code == 404


async def test_of_a_sensitive_case_the_contact_sees_no_name(pages: CaseTown) -> None:
    _, contact = await accepted(pages.town, DIRTY, "market_reg")
    async with pages.page(link_of(card_of(contact))) as page:
        assert "匿名骑手" in page.text
        assert "赵师傅" not in page.text


async def test_a_forged_link_says_nothing_and_neither_does_one_to_what_is_not_there(pages: CaseTown) -> None:
    _, contact = await accepted(pages.town)
    good = link_of(card_of(contact))
    async with pages.browser() as browser:
        answers = [
            await browser.get(good[:-5] + "AAAAA"),
            await browser.get(f"{PUBLIC}/case/nonsense"),
            await browser.get(url_for(contact, case=99)),
            await browser.post(good[:-5] + "AAAAA/repair"),
            await browser.get(good[:-5] + "AAAAA/photo/1"),
        ]
    assert {answer.status_code for answer in answers} == {404}
    assert len({answer.text for answer in answers}) == 1
    assert "0001" not in answers[0].text


async def test_a_link_opens_no_photo_of_another_case(pages: CaseTown) -> None:
    _, contact = await accepted(pages.town)
    other = await pages.town.rider("孙丽")
    await other.says("垃圾成堆，人民路幼儿园", photo="garbage.jpg", group=True)
    async with pages.page(link_of(card_of(contact))) as page:
        found = [(await page.client.get(f"{page.url}/photo/{n}")).status_code for n in range(1, 5)]
    assert found == [200, 404, 404, 404]


async def test_whoever_has_nothing_to_do_with_it_sees_nothing(pages: CaseTown) -> None:
    await accepted(pages.town)
    others = [
        await pages.town.rider("孙丽"),
        await pages.town.contact("urban_mgmt", "王队"),
        await pages.town.verifier("郑会计", "c01"),
    ]
    async with pages.browser() as browser:
        for other in others:
            answer = await browser.get(url_for(other))
            assert (answer.status_code, "0001" in answer.text) == (410, False)
            assert (await browser.get(f"{url_for(other)}/photo/1")).status_code == 410


async def test_the_reporter_sees_no_photo_of_the_repair_before_being_asked(pages: CaseTown) -> None:
    rider, contact = await accepted(pages.town)
    async with pages.page(url_for(rider)) as page:
        assert len(page.photos) == 1
        assert "交结果" not in page.text
        answer = await page.post("repair", photos=(AFTER,))
    assert answer.status_code == 403
    assert await repairs(pages) == []
    async with pages.page(link_of(card_of(contact))) as page:
        await page.post("repair", {"line": "已填平"}, (AFTER,))
    await pages.town.settle()
    async with pages.page(url_for(rider)) as page:
        assert len(page.photos) == 2


async def test_a_page_speaks_the_language_of_its_person(pages: CaseTown) -> None:
    rider = await pages.town.rider("Lee", language="en")
    await pages.town.contact("housing", "刘工")
    await rider.says(POTHOLE, photo="hole.jpg", group=True)
    async with pages.page(url_for(rider)) as page:
        assert "What happened" in page.text
        assert '<html lang="en">' in page.text


# -- when it ends --------------------------------------------------------------------------------------------------


async def test_it_ends_with_the_case(pages: CaseTown) -> None:
    rider, contact = await handled(pages.town)
    urls = [url_for(rider), url_for(contact)]
    async with pages.browser() as browser:
        assert [(await browser.get(url)).status_code for url in urls] == [200, 200]
        await rider.presses("已修好")
        answers = [await browser.get(url) for url in urls]
        assert [answer.status_code for answer in answers] == [410, 410]
        assert "0001 已办结，这一页已关闭。" in answers[0].text
        assert (await browser.get(f"{urls[1]}/photo/1")).status_code == 410


async def test_it_ends_for_whoever_it_was_taken_from(pages: CaseTown) -> None:
    _, contact = await accepted(pages.town)
    successor, office = await pages.town.contact("urban_mgmt", "王队"), await pages.town.dispatcher("李主任")
    async with pages.page(link_of(card_of(contact))) as page:
        await office.says("转 0001 城管")
        assert (await pages.town.case(1)).contact_id == successor.id
        answer = await page.post("repair", {"line": "已填平"}, (AFTER,))
        assert answer.status_code == 410
        assert "已不在您这里" in answer.text
    assert await repairs(pages) == []
    async with pages.page(link_of(card_of(successor))) as page:
        assert page.answer.status_code == 200


async def test_it_ends_for_whoever_left_the_post_and_goes_on_for_the_deputy(pages: CaseTown) -> None:
    town = pages.town
    _, contact = await accepted(town)
    deputy = await town.contact("housing", "陈工", Rank.B)
    async with town.database.write() as tx:
        await members.end_post(tx, contact.id, Role.CONTACT, AgencyId("housing"), town.clock.now())
    async with pages.browser() as browser:
        assert (await browser.get(url_for(contact))).status_code == 410
        assert "交结果" in (await browser.get(url_for(deputy))).text


# -- the result ----------------------------------------------------------------------------------------------------


async def test_a_result_sent_on_the_page_is_the_result(pages: CaseTown) -> None:
    rider, contact = await accepted(pages.town)
    async with pages.page(link_of(card_of(contact))) as page:
        answer = await page.post("repair", {"line": "已填平压实"}, (AFTER, picture("other")))
        assert answer.status_code == 303
        assert len(await raw_uploads(pages)) == 2
        await pages.town.settle()
        shown = await page.client.get(answer.headers["location"])
    case = await pages.town.case(1)
    assert (case.state, case.repair_note, case.handler_id) == (CaseState.VERIFYING, "已填平压实", contact.id)
    assert contact.hears("handle.booked", number="0001")
    assert rider.hears("verify.request.own", number="0001")
    assert await repairs(pages) == [PhotoState.STORED] * 2
    assert await raw_uploads(pages) == []
    for words in ("已登记", "核实中", "处理完", "补照片"):
        assert words in shown.text
    assert shown.text.count('class="photo"') == 3


async def test_nothing_a_camera_wrote_is_left(pages: CaseTown) -> None:
    _, contact = await accepted(pages.town)
    held, exif = BytesIO(), Image.Exif()
    exif[0x010F] = "CameraOfSomebody"
    Image.open(BytesIO(AFTER)).save(held, "JPEG", exif=exif)
    assert b"CameraOfSomebody" in held.getvalue()
    async with pages.page(link_of(card_of(contact))) as page:
        await page.post("repair", {"line": "好了"}, (held.getvalue(),))
    await pages.town.settle()
    blobs = pages.town.engine.parts.blobs
    assert [blob.name async for blob in blobs.names() if b"CameraOfSomebody" in await blobs.get(blob.name)] == []


async def test_further_photos_are_added_to_the_result(pages: CaseTown) -> None:
    _, contact = await handled(pages.town)
    async with pages.page(url_for(contact)) as page:
        await page.post("repair", photos=(picture("more"),))
    await pages.town.settle()
    assert contact.hears("handle.photo_added", number="0001")
    assert await repairs(pages) == [PhotoState.STORED] * 2


async def test_a_form_sent_twice_has_one_effect(pages: CaseTown) -> None:
    _, contact = await accepted(pages.town)
    async with pages.page(link_of(card_of(contact))) as page:
        first = await page.post("repair", {"line": "已填平"}, (AFTER,))
        again = await page.post("repair", {"line": "已填平"}, (AFTER,))
        await pages.town.settle()
        third = await page.post("repair", {"line": "已填平"}, (AFTER,))
        await pages.town.settle()
    assert [answer.status_code for answer in (first, again, third)] == [303] * 3
    assert len({answer.headers["location"] for answer in (first, again, third)}) == 1
    assert await repairs(pages) == [PhotoState.STORED]
    assert contact.hears_times("handle.booked") == 1
    assert await raw_uploads(pages) == []


async def test_the_words_are_no_command_and_answer_no_other_question(pages: CaseTown) -> None:
    _, contact = await accepted(pages.town)
    await contact.presses("问骑手")
    async with pages.page(url_for(contact)) as page:
        await page.post("repair", {"line": "待办"}, (AFTER,))
    await pages.town.settle()
    case = await pages.town.case(1)
    assert (case.state, case.repair_note) == (CaseState.VERIFYING, "待办")


async def test_what_was_sent_while_it_moved_on_is_answered_in_private(pages: CaseTown) -> None:
    """Between the check and the event the case may go to somebody else."""
    _, contact = await accepted(pages.town)
    await pages.town.contact("urban_mgmt", "王队")
    office = await pages.town.dispatcher("李主任")
    async with on_hold(pages).page(link_of(card_of(contact))) as page:
        answer = await page.post("repair", {"line": "已填平"}, (AFTER,))
        pending = await page.client.get(answer.headers["location"])
        assert "正在登记" in pending.text
        assert "data-waiting" in pending.text
        await office.says("转 0001 城管")
        await released(pages)
        assert (await page.client.get(answer.headers["location"])).status_code == 410
    assert contact.hears("case.unknown", number="0001")
    assert await repairs(pages) == []


async def test_an_upload_that_is_gone_is_asked_for_again(pages: CaseTown) -> None:
    _, contact = await accepted(pages.town)
    async with on_hold(pages).page(link_of(card_of(contact))) as page:
        await page.post("repair", {"line": "已填平"}, (AFTER,))
    (name,) = await raw_uploads(pages)
    await pages.town.engine.parts.blobs.delete(name)
    await released(pages)
    assert contact.hears("report.photo_failed", number="0001")
    assert await repairs(pages) == [PhotoState.FAILED]


async def test_what_still_waits_to_be_worked_off_is_not_swept(pages: CaseTown) -> None:
    _, contact = await accepted(pages.town)
    blobs = pages.town.engine.parts.blobs
    async with on_hold(pages).page(link_of(card_of(contact))) as page:
        await page.post("repair", {"line": "已填平"}, (AFTER,))
    waiting = await raw_uploads(pages)
    lost = await blobs.put(b"of an event that was never stored", ".upload")
    pages.town.clock.jump(days=36_500)
    await pages.town.engine.upkeep.sweep_files()
    assert (await raw_uploads(pages), await blobs.has(lost)) == (waiting, False)


# -- what is refused -----------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "headers",
    [
        {"Origin": "https://evil.example", "Sec-Fetch-Site": "cross-site"},
        {"Origin": PUBLIC, "Sec-Fetch-Site": "same-site"},
        {"Origin": "null", "Sec-Fetch-Site": "cross-site"},
        {"Origin": "http://case.example.cn"},
        {"Origin": "https://case.example.cn:8443"},
    ],
)
async def test_a_foreign_page_cannot_send(pages: CaseTown, headers: dict[str, str]) -> None:
    _, contact = await accepted(pages.town)
    async with pages.page(url_for(contact)) as page:
        answer = await page.post("repair", {"line": "x"}, (AFTER,), headers)
    assert (answer.status_code, answer.text) == (403, "页面已过期，没有提交。请从消息里重新打开。")
    assert await repairs(pages) == []


async def test_a_form_needs_the_browser_that_opened_the_page_and_its_own_proof(pages: CaseTown) -> None:
    rider, contact = await accepted(pages.town)
    async with pages.page(url_for(rider)) as foreign, pages.page(url_for(contact)) as page:
        answers = [
            await page.post("repair", {"proof": foreign.form["proof"], "key": foreign.form["key"]}, (AFTER,)),
            await page.post("repair", {"key": "0" * 16}, (AFTER,)),
            await page.post("repair", {"proof": "", "key": ""}, (AFTER,)),
        ]
        page.client.cookies.clear()
        answers.append(await page.post("repair", {"line": "x"}, (AFTER,)))
    assert [answer.status_code for answer in answers] == [403] * 4
    await pages.town.settle()
    assert await repairs(pages) == []


async def test_a_browser_without_script_sends_null_as_origin_and_gets_the_page_with_the_sentence(
    pages: CaseTown,
) -> None:
    _, contact = await accepted(pages.town)
    plain = {"Accept": "text/html,*/*", "Origin": "null"}
    async with pages.page(url_for(contact)) as page:
        none = await page.post("repair", {"line": "x"}, (), plain)
        assert none.status_code == 400
        assert '<p class="alert" role="alert">还没有选照片，请先选一张。</p>' in none.text
        assert (await page.post("repair", {"line": "x"}, (AFTER,), plain)).status_code == 303


@pytest.mark.parametrize(
    ("data", "status", "said"),
    [
        (b"\xff\xd8\xff" + b"0" * 1_000_000, 413, "照片超过 1 MB，没有提交。请换一张小一点的。"),
        (b"%PDF-1.7 not a photo", 400, "这个文件不是能打开的照片，没有提交。请换一张。"),
        (b"<svg xmlns='http://www.w3.org/2000/svg'/>", 400, "这个文件不是能打开的照片，没有提交。请换一张。"),
        (b"\0\0\0\x18ftypheic\0\0\0\0heicmif1", 400, "HEIC 打不开，没有提交。请用「拍照」，或转成 JPG。"),
    ],
)
async def test_odd_files_are_refused_with_a_sentence(pages: CaseTown, data: bytes, status: int, said: str) -> None:
    _, contact = await accepted(pages.town)
    async with pages.page(url_for(contact)) as page:
        answer = await page.post("repair", {"line": "x"}, (data,))
    assert (answer.status_code, answer.text) == (status, said)
    assert await raw_uploads(pages) == []


async def test_twenty_megabytes_and_a_whole_body_too_large_are_refused(pages: CaseTown) -> None:
    _, contact = await accepted(pages.town)
    real = CaseTown(pages.town, case_app(pages.town, most_photo_bytes=20_000_000))
    async with real.page(url_for(contact)) as page:
        one = await page.post("repair", {"line": "x"}, (AFTER + b"\0" * 20_000_000,))
        assert (one.status_code, one.text) == (413, "照片超过 20 MB，没有提交。请换一张小一点的。")
        body = await page.post("repair", {"line": "x"}, (b"\xff\xd8\xff" + b"\0" * 17_000_000,) * 4)
        assert (body.status_code, body.text) == (413, "这次的照片加起来太大，没有提交。请分几次传。")
    assert await raw_uploads(pages) == []


async def test_too_many_photos_and_no_form_at_all_are_refused(pages: CaseTown) -> None:
    _, contact = await accepted(pages.town)
    async with pages.page(url_for(contact)) as page:
        many = await page.post("repair", {"line": "x"}, (AFTER,) * 10)
        assert (many.status_code, many.text) == (400, "一次最多 9 张照片，没有提交。")
        headers = {"Content-Type": "multipart/form-data", "Origin": PUBLIC, "Sec-Fetch-Site": "same-origin"}
        broken = await page.client.post(f"{page.url}/repair", content=b"\xff\xfe nonsense", headers=headers)
        assert broken.status_code == 400
        assert (await page.client.get(f"{page.url}/repair")).status_code == 405


async def test_a_photo_that_turns_out_broken_is_said_in_private_and_on_the_page(pages: CaseTown) -> None:
    _, contact = await accepted(pages.town)
    async with pages.page(url_for(contact)) as page:
        answer = await page.post("repair", {"line": "已填平"}, (AFTER[: len(AFTER) // 2],))
        assert answer.status_code == 303
        await pages.town.settle()
        shown = await page.client.get(page.url)
    assert contact.hears("report.photo_failed")
    assert "没收好，请重拍" in shown.text
    assert await raw_uploads(pages) == []


async def test_thirty_posts_a_minute_are_enough(pages: CaseTown) -> None:
    _, contact = await accepted(pages.town)
    async with pages.page(url_for(contact)) as page:
        for _ in range(30):
            assert (await page.post("repair")).status_code == 400
        answer = await page.post("repair", {"line": "x"}, (AFTER,))
        assert (answer.status_code, answer.text) == (429, "提交得太快，请一分钟后再试。")
        pages.town.clock.jump(seconds=61)
        assert (await page.post("repair", {"line": "x"}, (AFTER,))).status_code == 303


# -- the place -----------------------------------------------------------------------------------------------------


async def test_the_reporter_marks_the_place_that_was_asked_for(pages: CaseTown) -> None:
    rider = await pages.town.rider("赵强")
    await pages.town.contact("housing", "刘工")
    await rider.says("路灯不亮", photo="lamp.jpg", group=True)
    async with pages.page(link_of(card_of(rider))) as page:
        assert "还没有提交" in page.text
        assert 'visibility="hidden"' in page.text
        answer = await page.post("place", {"lat": str(AT[0]), "lon": str(AT[1])})
        assert answer.status_code == 303
        await pages.town.settle()
        shown = await page.client.get(answer.headers["location"])
    case = await pages.town.case(1)
    assert (case.state, case.place, case.lat, case.lon) == (CaseState.DISPATCHED, "客运站东门", *AT)
    assert pages.town.group_hears("report.receipt.place_and_what", place="客运站东门")
    assert "已转办" in shown.text
    assert 'visibility="hidden"' not in shown.text


async def test_a_named_place_is_enough_for_a_keyboard(pages: CaseTown) -> None:
    rider = await pages.town.rider("赵强")
    await pages.town.contact("housing", "刘工")
    await rider.says("路灯不亮", photo="lamp.jpg", group=True)
    async with pages.page(link_of(card_of(rider))) as page:
        found = re.search(r'<option value="([0-9.,]+)">客运站东门</option>', page.text)
        assert found
        await page.post("place", {"lat": "", "lon": "", "spot": found[1]})
    await pages.town.settle()
    assert (await pages.town.case(1)).place == "客运站东门"


@pytest.mark.parametrize("at", [("", ""), ("x", "1"), ("91", "1"), ("nan", "1"), ("1", "181")])
async def test_what_is_no_point_is_refused(pages: CaseTown, at: tuple[str, str]) -> None:
    rider = await pages.town.rider("赵强")
    await rider.says("路灯不亮", photo="lamp.jpg", group=True)
    async with pages.page(link_of(card_of(rider))) as page:
        answer = await page.post("place", {"lat": at[0], "lon": at[1]})
    assert (answer.status_code, answer.text) == (400, "还没有标出地点，请点一下地图。")


async def test_a_contact_sees_the_place_and_cannot_move_it(pages: CaseTown) -> None:
    rider, contact = await pages.town.rider("赵强"), await pages.town.contact("housing", "刘工")
    await rider.says(POTHOLE, photo="hole.jpg", at=AT)
    async with pages.page(link_of(card_of(contact))) as page:
        assert "data-map" in page.text
        assert "data-open" not in page.text
        answer = await page.post("place", {"lat": "46.9", "lon": "130.4"})
    assert answer.status_code == 403
    await pages.town.settle()
    assert (await pages.town.case(1)).lat == AT[0]


async def test_once_somebody_is_at_it_the_place_stays(pages: CaseTown) -> None:
    rider, _ = await accepted(pages.town)
    async with pages.page(url_for(rider)) as page:
        answer = await page.post("place", {"lat": str(AT[0]), "lon": str(AT[1])})
    assert answer.status_code == 403


# -- the words -----------------------------------------------------------------------------------------------------


def test_every_text_of_the_page_is_used() -> None:
    """That both languages have them with the same fields is checked when they are loaded."""
    source = "".join(path.read_text("utf-8") for path in (WEB / "templates" / "case").glob("*.html"))
    source += "".join(path.read_text("utf-8") for path in WEB.glob("case_*.py"))
    made = ("case_fact.", "case_upload.", "case_sent.")  # in the templates, of a word of the case
    known = [key for key in load([("", WEB)], ZONE).catalogues["zh-CN"] if key.startswith("case")]
    assert len(known) > 50
    assert [key for key in known if f'"{key}"' not in source and not key.startswith(made)] == []
