"""「规则」: the items of the book, a group at a time, as a phone shows them."""

from bot.chat.events import Incoming, Pressed
from bot.chat.feature import Work
from bot.chat.messages import Acknowledge, Button, Effects, Lines, Outgoing, Text, answer
from bot.domain.refusal import Refused
from bot.domain.rulebook import PointItem, PointRules
from handlers.points import asked, wording
from handlers.points.declared import feature, text


async def show_rules(event: Incoming, work: Work) -> Effects:
    """「规则」 names the groups; 「规则 A」 and 「规则 B01」 go straight there."""
    rules, words = wording.rules_of(work), event.rest.strip()
    if not words:
        return [answer(event, _head(rules), *_groups(rules))]
    if words.upper() in rules.groups:
        return [_group(event, words.upper(), rules)]
    item, _ = asked.item_named(words, rules)
    if item is None:
        raise Refused("points.asked.which_item", words=words[:20])
    return [answer(event, Lines(tuple(_item(item))))]


async def show_group(event: Pressed, work: Work) -> Effects:
    rules = wording.rules_of(work)
    if not event.target:
        return [answer(event, _head(rules), *_groups(rules)), Acknowledge(event)]
    if event.target not in rules.groups:
        raise Refused("core.button_stale")
    return [_group(event, event.target, rules), Acknowledge(event)]


def _head(rules: PointRules) -> Lines:
    return Lines(
        (
            text("rules.head", groups=len(rules.groups), n=len(rules.items)),
            text("rules.caps", day=rules.ranking_cap_day, month=rules.ranking_cap_month),
            text("rules.since", day=rules.effective_from),
        )
    )


def _groups(rules: PointRules) -> list[Button]:
    return [
        feature.press("rules", text("rules.group", code=code, name=name), target=code, row=at // 2)
        for at, (code, name) in enumerate(rules.groups.items())
    ]


def _group(event: Incoming | Pressed, code: str, rules: PointRules) -> Outgoing:
    items = [item for item in rules.items if item.group == code]
    lines = [text("rules.group", code=code, name=rules.groups[code]), *(part for item in items for part in _item(item))]
    others = [button for button in _groups(rules) if button.target != code]
    return answer(event, Lines(tuple(lines)), *others)


def _item(item: PointItem) -> list[Text]:
    """Its name; what it gives or takes, with its caps; how it is counted."""
    figures = "/".join(str(abs(points)) for points in item.points)
    takes = item.points[0] < 0
    lines = [text("rules.item", code=item.code, name=item.name)]
    worth = [text("rules.takes" if takes else "rules.gives", points=figures)]
    for cap, name in ((item.cap_day, "day"), (item.cap_month, "month")):
        if cap is not None:
            worth.append(text(f"rules.{'takes' if takes else 'gives'}_{name}", cap=abs(cap)))
    lines.append(Text("core.plain", {"words": Lines(tuple(worth), " · ")}))
    if item.free_month:
        lines.append(text("rules.free", n=item.free_month))
    notes = [text("rules.heard" if takes and item.mode == "manual" else f"rules.mode.{item.mode}", how=item.evidence)]
    if item.outside_caps:
        notes.append(text("rules.outside_caps"))
    if item.spendable_only:
        notes.append(text("rules.spendable_only"))
    return [*lines, *notes]
