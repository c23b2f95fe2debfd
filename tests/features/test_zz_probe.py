"""Probe."""
import pytest
from bot.domain.case import CaseState
from bot.domain.people import Post, Role
from bot.domain.rulebook import AgencyId
from storage import members
from tests.features.acting import POTHOLE, about, accepted, handled
from tests.town import TestTown

def dump(*people):
    for p in people:
        print("==", p.name)
        for s in p.chat: print("  ", s.sender, "|", s.text[:300].replace("\n"," / "), s.labels)
        print("  notices", p.notices)
def group(town):
    print("== group")
    for s in town.group: print("  |", repr(s.text), s.labels)

async def inbox(town):
    async with town.database.read() as tx:
        for r in await tx.all("SELECT id,state,error,tries FROM inbox WHERE state NOT IN ('done') "): print(dict(r))

async def test_reopen_leak(town):
    rider, contact = await accepted(town)
    other = await town.rider("孙六")
    await other.says("重开 #1"); await other.says("重开 #99"); await other.says("重开 1号"); await other.says("重开 99号")
    dump(other)

async def test_withdraw_number(town):
    rider = await town.rider("赵强"); await town.contact("housing","刘工")
    await rider.says(POTHOLE, photo="a.jpg", group=True)
    await town.wait(minutes=3)
    await rider.says("垃圾成堆，人民路幼儿园", photo="b.jpg", group=True)
    await rider.says("撤回 0001", group=True)
    print((await town.case(1)).state, (await town.case(2)).state)
    dump(rider); group(town)

async def test_at_all(town):
    rider, contact = await accepted(town)
    await contact.says("已填平 @all 13800138000\n\u202e反", photo="after.jpg", answers=about(contact, "0001"))
    await rider.presses("已修好")
    group(town); dump(rider)

async def test_stranger_name(town):
    await town.contact("housing","刘工")
    s = await town.stranger("@all 13800138000")
    await s.says(POTHOLE, photo="a.jpg", group=True)
    await town.wait(minutes=6)
    group(town); dump(s)
    c = await town.case(1); print(c.state)

async def test_amend_after_accept(town):
    rider, contact = await town.rider("赵强"), await town.contact("housing", "刘工")
    await rider.says(POTHOLE, photo="before.jpg", group=True)
    await rider.presses("改类别", group=True)
    await contact.presses("接收")
    dump(rider)
    before = await town.case(1)
    await rider.says("不是坑，是垃圾成堆")
    dump(rider); after = await town.case(1)
    print(before.category, after.category, after.agency_id, after.state)

async def test_amend_button_after_accept(town):
    rider, contact = await town.rider("赵强"), await town.contact("housing", "刘工")
    await rider.says(POTHOLE, photo="before.jpg", group=True)
    await rider.presses("改类别", group=True)
    await contact.presses("接收")
    b = rider.last.labels[-1]
    await rider.presses(b)
    print(b, (await town.case(1)).category); dump(rider)

async def test_closed_reply(town):
    rider, contact = await handled(town)
    await rider.presses("已修好")
    await rider.says("又坏了，根本没修", answers=rider.last)
    dump(rider, contact)

async def test_auditor_by_name(town):
    rider, contact = await accepted(town)
    aud = await town.person("审计", Post(Role.AUDITOR))
    await aud.says("查 赵强"); await aud.says("进度 0001"); await aud.says("0001"); await aud.says("办 0001")
    dump(aud)

async def test_tick_stays(town):
    rider, contact = await handled(town)
    await contact.presses("照片可公开")
    await rider.presses("没修好")
    print((await town.case(1)).photos_public_at)

async def test_left_contact(town):
    rider, contact = await handled(town)
    await rider.presses("已修好")
    async with town.database.write() as tx:
        await members.end_post(tx, contact.id, Role.CONTACT, AgencyId("housing"), town.clock.now())
    await contact.says("进度 0001"); dump(contact)

@pytest.mark.parametrize("bad", ["坑\x00坑", "坑\ud800坑", "坑\x07\x1b[31m坑"])
async def test_bad(town, bad):
    rider = await town.rider("赵强"); await town.contact("housing","刘工")
    await rider.says(POTHOLE + bad, photo="a.jpg", group=True)
    await inbox(town); group(town)

async def test_braces(town):
    rider, contact = await town.rider("赵强"), await town.contact("housing", "刘工")
    await rider.says("路上有个大坑，客运站 {number} {0} %s {{}}", photo="before.jpg", group=True)
    await contact.presses("接收")
    await contact.says("填平 {place} {0.__class__}", photo="after.jpg", answers=about(contact,"0001"))
    await rider.presses("已修好"); dump(contact, rider); group(town); await inbox(town)

async def test_long(town):
    rider, contact = await town.rider("赵强"), await town.contact("housing", "刘工")
    await rider.says("路上有个大坑，客运站"+"坑"*10000, photo="before.jpg", group=True)
    await rider.says("重开 "+"9"*10000); await contact.says("转 0001 "+"住"*10000); await rider.says("进度 "+"9"*10000)
    for p in (rider, contact):
        for s in p.chat:
            if s.sender=="bot": print(len(s.text), s.text[:40])
    for s in town.group: print(len(s.text))
    await inbox(town)

async def test_extend_far(town):
    rider, contact = await accepted(town)
    leader = await town.leader("housing","周局")
    await contact.says("延期 0001 99天 等配件"); dump(contact, leader)
    await leader.presses("同意"); await inbox(town); dump(leader)

async def test_grant_huge(town):
    a = await town.admin("管理"); 
    await a.says("授权 "+"9"*30+" 专员 housing"); dump(a); await inbox(town)

async def test_danger_after_close(town):
    rider = await town.rider("赵强"); contact = await town.contact("urban_mgmt","王队"); c2= await town.contact("housing","刘工")
    await rider.says("路灯不亮，线杆着火了，客运站", photo="a.jpg", group=True)
    dump(rider)

async def test_audit_denied(town):
    rider, contact = await accepted(town)
    other = await town.contact("urban_mgmt","王队")
    for w in ("进度 0001","办 0001","转 0001 住建","延期 0001 1天 等","重开 0001", "驳回 0001 x", "公告 x","撤回 0001"): await other.says(w)
    card = contact.chat[-1]
    await other.presses_data("1.0.AAAA", card)
    dump(other)
    async with town.database.read() as tx:
        for r in await tx.all("SELECT action,object,detail FROM audit"): print(dict(r))

async def test_announce(town):
    a = await town.admin("管理")
    await a.says("公告 @all 请联系 13800138000 新A12345 {x}\u202e")
    await a.presses("确认发布"); await a.presses("确认发布"); group(town); dump(a)

async def test_hints(town):
    s = await town.stranger("路人")
    for i in range(4):
        await s.says("今天天气真好啊"); await town.wait(minutes=11)
    dump(s)

async def test_rate(town):
    rider = await town.rider("赵强")
    for i in range(60): await rider.says("进度")
    print(len([s for s in rider.chat if s.sender=="bot"]))
