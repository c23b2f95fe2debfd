"""How people type: full-width, traditional, slips of the input method, command words."""

import re
import unicodedata
from collections.abc import Iterable
from typing import Final

COMMANDS: Final = ("我要上报", "我要报告", "上报", "报告", "举报", "随手拍", "报事", "爆料", "反映一下", "report")

_TRADITIONAL: Final = str.maketrans(
    "蓋門車輛電線燈壞裡邊這個們來過沒還場號樓裏廚髒亂險漿點滅舊樹斷廣貼灑燒煙聞氣歺喫餵飯麵館鋪條馬傷報見區發現動濕積學廁髮鬧聲開關東雜護欄違佔擋"
    "員醫橋壓騎攤賣買錢騙詐謠傳網絡總機療證黴蟲凍雞魚",
    "盖门车辆电线灯坏里边这个们来过没还场号楼里厨脏乱险浆点灭旧树断广贴洒烧烟闻气餐吃喂饭面馆铺条马伤报见区发现动湿积学厕发闹声开关东杂护栏违占挡"
    "员医桥压骑摊卖买钱骗诈谣传网络总机疗证霉虫冻鸡鱼",
)

# What an input method or a voice keyboard writes → what was meant; same length, so that positions stay true.
_SLIPS: Final = {
    "拉圾": "垃圾", "垃极": "垃圾", "拉极": "垃圾", "垃圾捅": "垃圾桶", "垃圾筒": "垃圾桶", "没人福": "没人扶", "违庭": "违停", "违亭": "违停",
    "围停": "违停", "为停": "违停", "违张": "违章", "为章": "违章", "站道": "占道", "战道": "占道", "占到经营": "占道经营", "流动滩": "流动摊",
    "滩位": "摊位", "滩贩": "摊贩", "摆滩": "摆摊", "煎并": "煎饼", "消防拴": "消防栓", "消火拴": "消火栓", "消防通到": "消防通道",
    "消防涌道": "消防通道", "消访": "消防", "红路灯": "红绿灯", "红率灯": "红绿灯", "红绿登": "红绿灯", "红绿等": "红绿灯", "信号登": "信号灯",
    "倒记时": "倒计时", "到计时": "倒计时", "路登": "路灯", "路等不": "路灯不", "路等坏": "路灯坏", "不量": "不亮", "井该": "井盖", "井概": "井盖",
    "景盖": "井盖", "井改": "井盖", "井干": "井盖", "警盖": "井盖", "静盖": "井盖", "后除": "后厨", "候厨": "后厨", "后橱": "后厨", "厨放": "厨房", "橱房": "厨房",
    "油烟基": "油烟机", "过七": "过期", "过其": "过期", "变志": "变质", "健康正": "健康证", "健康症": "健康证", "封千": "封签", "封欠": "封签",
    "蟑郎": "蟑螂", "张螂": "蟑螂", "老属": "老鼠", "老数": "老鼠", "苍绳": "苍蝇", "苍营": "苍蝇", "烟投": "烟头", "头法": "头发",
    "煤汽": "煤气", "燃汽": "燃气", "天然汽": "天然气", "漏店": "漏电", "触店": "触电", "着伙": "着火", "着货": "着火", "冒言": "冒烟", "冒颜": "冒烟",
    "酒架": "酒驾", "酒家开": "酒驾开", "醉架": "醉驾", "结并": "结冰", "结病": "结冰", "解冰": "结冰", "极水": "积水", "集水": "积水", "及水": "积水",
    "积血": "积雪", "坑挖": "坑洼", "坑凹": "坑洼", "塌险": "塌陷", "踏陷": "塌陷", "塌馅": "塌陷", "垮踏": "垮塌", "护拦": "护栏", "护兰": "护栏",
    "栏干": "栏杆", "限高干": "限高杆", "围当": "围挡", "施功": "施工", "失工": "施工", "噪因": "噪音", "燥音": "噪音", "躁音": "噪音", "燥声": "噪声",
    "牵强绳": "牵狗绳", "签绳": "牵绳", "迁绳": "牵绳", "楼到": "楼道", "飞现": "飞线", "非线": "飞线", "冲电": "充电", "充店": "充电", "电平车": "电瓶车",
    "电并车": "电瓶车", "下水到": "下水道", "化分池": "化粪池", "暧气": "暖气", "暖汽": "暖气", "小广搞": "小广告", "牛皮藓": "牛皮癣", "招排": "招牌",
    "广告排": "广告牌", "停可": "停课", "谣盐": "谣言", "摇言": "谣言", "链结": "链接", "连接要": "链接要",
    "失校": "失效", "诈片": "诈骗", "扎骗": "诈骗", "差平": "差评", "欠新": "欠薪", "工商赔": "工伤赔", "公教站": "公交站", "档住": "挡住",
    "档路": "挡路", "赌住": "堵住", "堵赛": "堵塞", "怀了": "坏了", "坏勒": "坏了", "坏啦": "坏了", "刮到了": "刮倒了", "撞到了杆": "撞倒了杆",
    "斑马钱": "斑马线", "非机动车到": "非机动车道", "人行到": "人行道", "盲到": "盲道", "乱仍": "乱扔", "仍垃": "扔垃", "遗散": "遗撒", "渣士": "渣土",
    "箅子": "篦子",
    "灭火汽": "灭火器", "灭火气": "灭火器", "自来谁": "自来水", "暴管": "爆管", "没盖儿": "没盖了", "踏了": "塌了",
}  # fmt: skip
_SLIP: Final = re.compile("|".join(sorted(map(re.escape, _SLIPS), key=len, reverse=True)))

_MENTION: Final = re.compile(r"^(?:@\S{1,20}\s+)+")
_COMMAND: Final = re.compile(
    r"^/?(?:" + "|".join(COMMANDS) + r")(?=$|[\s:,。!/]|[\u4e00-\u9fff])[\s:,。!]*", re.IGNORECASE
)
# NUL cannot be stored by PostgreSQL, half a surrogate pair by no database; other control characters mean nothing.
_UNSTORABLE: Final = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\ud800-\udfff]")
_INVISIBLE: Final = re.compile("[\u200b-\u200f\u202a-\u202e\u2060\ufeff]")


def storable(text: str) -> str:
    """`text` without what no chat shows and no database keeps: control characters and halves of surrogate pairs."""
    return _UNSTORABLE.sub("", text)


def tidied(text: str) -> str:
    """`text` in half-width, without surplus spaces and leading mentions.

    Chinese full stops stay; other full-width punctuation becomes half-width.
    """
    half = _INVISIBLE.sub("", unicodedata.normalize("NFKC", text))
    return _MENTION.sub("", " ".join(half.split())).strip()


def normalise(text: str) -> str:
    """`tidied`, and without the word that makes a message a report (上报, report)."""
    return _COMMAND.sub("", tidied(text)).strip()


def meant(text: str) -> str:
    """`text` in simplified characters with the usual slips put right; of the same length."""
    return _SLIP.sub(lambda slip: _SLIPS[slip.group()], text.translate(_TRADITIONAL)).lower()


def nearest_word(text: str, words: Iterable[str]) -> str | None:
    """The one of `words` that `text` was probably meant to be: one slip away, both of two characters or more.

    A slip is a wrong, missing, surplus character or two that changed places. None if nothing or more than one
    word is that near, and for a text that is itself one of `words`.
    """
    typed = normalise_word(text)
    candidates = dict.fromkeys(words)
    if typed in candidates or len(typed) < 2:
        return None
    near = [word for word in candidates if len(word) >= 2 and _one_slip(typed, word)]
    return near[0] if len(near) == 1 else None


def normalise_word(text: str) -> str:
    """A typed command word in half-width and without any space."""
    return "".join(_INVISIBLE.sub("", unicodedata.normalize("NFKC", text)).split())


def _one_slip(typed: str, word: str) -> bool:
    """Damerau-Levenshtein distance of exactly one."""
    if abs(len(typed) - len(word)) > 1 or typed == word:
        return False
    head = next((i for i, (a, b) in enumerate(zip(typed, word, strict=False)) if a != b), min(len(typed), len(word)))
    left, right = typed[head:], word[head:]
    swapped = left[1::-1] + left[2:] == right and len(left) >= 2
    return swapped or left[1:] == right[1:] or left[1:] == right or left == right[1:]
