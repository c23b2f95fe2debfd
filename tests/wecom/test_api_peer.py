"""The server of the tests is as strict as the real one, where that is documented."""

import asyncio
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager

import pytest

from bot.chat.platform import NeverWill, Raw
from bot.platforms.wecom.app_api import AppApi
from bot.platforms.wecom.app_callback import MOST_BODY, AppCallback
from bot.platforms.wecom.kinds import Part
from bot.web.callbacks import wecom_routes
from bot.web.server import make_app, serve
from tests.fake import FakeClock
from tests.wecom.api_peer import ApiPeer


@pytest.fixture
async def peer() -> AsyncIterator[ApiPeer]:
    async with ApiPeer(now=FakeClock.at.timestamp) as made:
        yield made


@pytest.fixture
async def api(peer: ApiPeer) -> AsyncIterator[AppApi]:
    made = AppApi(peer.corp_id, peer.agent_id, peer.secret, FakeClock(), base_url=peer.url)
    yield made
    await made.close()


def card(**changed: object) -> Part:
    buttons = [{"text": "受理", "key": "a"}]
    kept = {"card_type": "button_interaction", "task_id": "t-1", "button_list": buttons, **changed}
    return Part("template_card", {key: value for key, value in kept.items() if value is not None})


async def test_a_task_id_is_good_once_for_ever(peer: ApiPeer, api: AppApi) -> None:
    peer.member("WangDui")
    await api.send("wangdui", card())
    with pytest.raises(NeverWill, match="task_id"):
        await api.send("wangdui", card(main_title={"title": "another"}))


@pytest.mark.parametrize(
    "wrong",
    [
        {"task_id": None}, {"task_id": "a b"}, {"task_id": "x" * 129}, {"button_list": []}, {"card_type": "poster"},
        {"button_list": [{"text": str(n), "key": str(n)} for n in range(7)]},
        {"button_list": [{"text": "a", "key": "same"}, {"text": "b", "key": "same"}]},
        {"button_list": [{"text": "a", "key": "字" * 342}]},
        {"card_type": "text_notice", "button_list": None},
        {"horizontal_content_list": [{"keyname": "a", "value": "b"}] * 7},
    ],
)  # fmt: skip
async def test_cards_have_limits(peer: ApiPeer, api: AppApi, wrong: Mapping[str, object]) -> None:
    peer.member("WangDui")
    with pytest.raises(NeverWill):
        await api.send("wangdui", card(**wrong))


async def test_long_words_are_cut_and_more_than_thirty_a_minute_are_dropped_without_a_word(
    peer: ApiPeer, api: AppApi
) -> None:
    contact = peer.member("WangDui")
    for n in range(40):
        await api.send("wangdui", Part("text", {"content": f"{n:02d}" + "字" * 700}))
    assert (len(contact.sees()), peer.dropped) == (30, 10)
    assert len(contact.sees()[0].words) == 2 + 682


async def test_calls_reach_an_address_over_http(peer: ApiPeer) -> None:
    committed: list[Raw] = []
    async with _served(peer, committed) as address:
        peer.callback_url = f"{address}/wecom"
        contact = peer.member("WangDui")
        assert await contact.says("待办") == [200]
        assert await peer.post(peer.made({"FromUserName": "x"}, token="SomebodyElses")) == 403
        assert len(committed) == 1
        assert await peer.until(lambda: peer.statuses) == [200, 403]
    assert await contact.says("没人") == [0, 0, 0, 0]


@asynccontextmanager
async def _served(peer: ApiPeer, committed: list[Raw]) -> AsyncIterator[str]:
    callback = AppCallback(peer.token, peer.aes_key, peer.corp_id, peer.agent_id, FakeClock())

    async def deliver(raws: Sequence[Raw]) -> None:
        committed.extend(raws)

    async def receive(query: Mapping[str, str], body: bytes) -> int:
        return await callback.receive(query, body, deliver)

    async def healthy() -> tuple[bool, dict[str, object]]:
        return True, {}

    async def figures() -> bytes:
        return b""

    routes = wecom_routes("/wecom", callback.url_check, receive, MOST_BODY)
    ready: asyncio.Future[str] = asyncio.get_running_loop().create_future()
    running = asyncio.ensure_future(
        serve(
            make_app(health=healthy, metrics=figures, routes=routes),
            "127.0.0.1", 0, lambda host, port: ready.set_result(f"http://{host}:{port}"),
        )
    )  # fmt: skip
    try:
        yield await ready
    finally:
        running.cancel()
        await asyncio.wait({running})
