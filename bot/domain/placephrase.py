"""Finding the words by which a rider names a place that the county's gazetteer does not know."""

import re
from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

from bot.domain.phrases import Span

_ROADS: Final = (
    "路 街 大道 大街 巷 胡同 桥 立交 环 国道 弄 道口 路口 街口 高速 隧道 涵洞 步道 环岛 大桥 桥洞 省道 县道 乡道 十字街"
)
_AREAS: Final = (
    "小区 花园 家园 公寓 新村 新城 家属院 家属楼 宿舍 大院 公馆 社区 村 屯 庄 镇 乡 广场 商场 超市 市场 早市 夜市 大集 医院 学校 小学 中学 "
    "幼儿园 大学 学院 公园 车站 客运站 火车站 地铁站 公交站 站 酒店 饭店 宾馆 旅馆 大厦 中心 写字楼 园区 工业园 产业园 厂 派出所 银行 药店 "
    "加油站 驿站 北岸 南岸 东岸 西岸 湖 桥头 水库 书店 法院 政府 大楼 楼 苑 府 城 庭 湾 郡 华府 名苑 里 坡 院 一中 二中 三中 四中 一小 二小 三小 "
    "高新区 开发区 矿区 棚户区 城区 新区 景区 林场 冷库 物流园 批发城 美食城 美食街 花市 邮局 大厅 公厕 教堂 门诊 诊所 搅拌站 供电所 水产市场 岛"
)
_SHOPS: Final = (
    "店 馆 铺 面馆 火锅 烧烤 烤肉 烤串 奶茶 麻辣烫 快餐 炸鸡 炸串 米线 包子 水饺 饺子 饺子馆 盖饭 拌面 砂锅 砂锅居 冒菜 小吃 烧饼 煎饼 烤鱼 "
    "酸菜鱼 熟食 卤味 便利店 小卖部 小卖铺 蛋糕 蛋糕坊 食堂 档口 早餐 粥铺 便当 汉堡 凉菜 烤饭 拌饭 炒粉 炒饭 煲仔饭 面包 甜品 咖啡 水果 鱼摊 油条 "
    "馄饨 面条 手擀面 米粉 螺蛳粉 肉夹馍 凉皮 抄手 铁锅炖 酱骨头 爆肚 小笼包 小炒 串串 披萨 寿司 茶饮 肠粉 家常菜 小馆 酒楼 餐厅 饭馆 大排档 小吃车 网吧"
)
_TAILS: Final = (
    "门口 门前 大门口 门外 对面 对过 旁边 旁 东门 西门 南门 北门 正门 后门 侧门 东侧 西侧 南侧 北侧 东头 西头 南头 北头 东边 西边 南边 北边 "
    "东口 西口 南口 北口 路口 街口 拐角 拐弯处 楼下 楼上 楼后 后面 前面 后身 后院 附近 入口 出口 入城口 交叉口 交汇处 桥上 桥下 桥头 桥洞 底商 "
    "沿线 东段 西段 南段 北段 中段 段 里面 院内 院里 门脸 地下 地下一层 负一层 一层 二层 三层 一楼 二楼 三楼 四楼 五楼 取餐点 取餐区 取餐口 周边 "
    "南广场 北广场 东广场 西广场 西北角 东北角 西南角 东南角 东临街 人行道 停车场 隔壁 那溜 那片 那边 那块 中间 口 侧 上 北 南 东 西"
)
_NUMBER: Final = r"(?:\d{1,5}(?:-\d{1,4}){0,2}|[一二三四五六七八九十百]{1,4}|[A-Z])(?:号楼|号院|号|栋|幢|座|单元|室|区|期|弄|委|路|街)"


def _either(words: str) -> str:
    return "|".join(sorted(words.split(), key=len, reverse=True))


_NAME_CHAR: Final = r"[\u4e00-\u9fffA-Za-z0-9·]"
_CORE: Final = rf"(?:{_either(_ROADS + ' ' + _AREAS + ' ' + _SHOPS)}|{_NUMBER})"
_TAIL: Final = rf"(?:{_either(_TAILS)}|{_NUMBER})"
# "*+" never takes back what it took: without it a row of 「路口路口…」 costs seconds.
_WHOLE: Final = re.compile(rf"{_NAME_CHAR}{{1,9}}?{_CORE}(?:{_NAME_CHAR}{{0,6}}?(?:{_CORE}|{_TAIL}))*+")
_LEADING: Final = re.compile(rf"{_NAME_CHAR}{{1,5}}?{_CORE}(?:{_NAME_CHAR}{{0,4}}?{_CORE}|{_TAIL})*+")
_TRAILING: Final = re.compile(rf"{_NAME_CHAR}{{1,4}}{_CORE}(?:{_NAME_CHAR}{{0,4}}?{_CORE}|{_TAIL})*+$")
_CROSSING: Final = re.compile(
    rf"{_NAME_CHAR}{{1,4}}(?:路|街|大道)(?:和|与|跟|—|-|交)+{_NAME_CHAR}{{1,4}}(?:路|街|大道)(?:{_CORE}|{_TAIL}|交叉口|交汇)*+"
)
_LABEL: Final = re.compile(
    r"^(?:店名(?:叫|是)?|位置(?:是|在)?|地点(?:是|在)?|地址(?:是|在)?|地方(?:是|在)|就在|位于|在|到|我在|刚在|人在|搁|这是|就是|麻烦看一下|:)+"
)
_PIECE: Final = re.compile(
    r"[^\s,，。!！?？;；、:：\"“”‘’()（）【】\[\]<>《》~…\U0001f000-\U0001faff\u2600-\u27bf\ufe0f\u200d]+"
)
_FUNCTION: Final = frozenset(
    "了的是不没有着被把我你他她它们都也很太就还又再从给让叫去来说看这吗呢吧啊啥咋得过能会要想快请将且个俺咱谁搁往使"
)
# Where everybody always is: no help to a contact.
_VAGUE: Final = re.compile(
    r".{0,4}(?:[家群路县站楼城村车店院屋街区手箱锅厂校心网这那哪夜]|单元|小区|楼道|厨房|店铺)里|.{0,4}(?:路上|马路|道上|楼上|楼下|网上|晚上|早上|桌上)|[一二三四五六七八九]楼|.*(?:考上|怎么).*|路口|门口|楼道|下次.*|稍等"
)
_LONGEST = 16
_REACH = 20  # characters of a run-on sentence that are read at either end; keeps odd texts from costing time


@dataclass(frozen=True, slots=True)
class PlacePhrase:
    """A phrase that names a place; `certain` if its shape alone says so."""

    text: str
    certain: bool


def find_place(text: str, taken: Callable[[Span], bool]) -> PlacePhrase | None:
    """The phrase of `text` that most looks like a place; None if none does.

    `taken` says whether a piece of the text is needed by the problem (words of a category stand in it): such a piece
    is a place only by its shape.
    """
    pieces = [Span(match.start(), match.end()) for match in _PIECE.finditer(text)]
    found: list[tuple[float, PlacePhrase]] = []
    for number, piece in enumerate(pieces):
        edge = number in {0, len(pieces) - 1}
        found += _in_piece(text[piece.start : piece.end], taken(piece), edge and len(pieces) > 1)
    found = [scored for scored in found if not _VAGUE.fullmatch(scored[1].text)]
    return max(found, key=lambda scored: scored[0])[1] if found else None


def _in_piece(piece: str, taken: bool, edge: bool) -> list[tuple[float, PlacePhrase]]:
    labelled = _LABEL.match(piece)
    name = _LABEL.sub("", piece)
    bonus = 0.3 * edge + 0.2 * bool(labelled) - 0.4 * taken
    plain = len(name) <= _LONGEST and _FUNCTION.isdisjoint(name)
    crossing = _CROSSING.search(piece)
    if crossing:
        return [(3 + bonus, PlacePhrase(_trimmed(crossing.group()), certain=True))]
    if (plain or (len(name) <= _LONGEST and not taken and edge)) and _WHOLE.fullmatch(name):
        return [((2.5 if plain else 1.7) + bonus, PlacePhrase(name, certain=plain))]
    found = [(score + bonus, PlacePhrase(phrase, certain=True)) for score, phrase in _parts(piece)]
    if plain and edge and not taken and 2 <= len(name) <= 10 and not name.isdigit():
        found.append((1.0 + bonus, PlacePhrase(name, certain=False)))
    return found


def _parts(piece: str) -> list[tuple[float, str]]:
    """Places at the end and at the start of a piece that goes on about something else."""
    found: list[tuple[float, str]] = []
    end = re.split("[" + "".join(sorted(_FUNCTION)) + "在]", piece)[-1]
    trailing = _TRAILING.search(end[-_REACH:])
    if trailing and end != piece:
        found.append((1.5, end if len(end) <= 12 and _WHOLE.fullmatch(end) else trailing.group()))
    leading = _LEADING.match(_LABEL.sub("", piece)[:_REACH])
    if leading and _FUNCTION.isdisjoint(leading.group()):
        found.append((1.6, leading.group()))
    return found


def _trimmed(phrase: str) -> str:
    """`phrase` from behind its last function word before the first road."""
    cut = max((phrase.find(char) for char in _FUNCTION if char in phrase[:4]), default=-1)
    return phrase[cut + 1 :]
