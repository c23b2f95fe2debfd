"""Words around a keyword that change its meaning, and words that make a message no report at all."""

import re
from typing import Final

_RULED_OUT: Final = re.compile(
    r"(?:没有?|没有?人|没有?啥|没怎么|没让|没再|无|无人|未|未见|并未|不|不是|不算|不会|并非|又不|打不)$"
)
_FEARED_BEFORE: Final = re.compile(
    r"(?:怕|担心|差点儿?|差一点|险些|好悬|小心|防止?|避免|以免|免得|万一|要是|如果|容易|可能会?|会不会|早晚得?|迟早得?|能|会|别|快要?|要|准)"
    r"[\u4e00-\u9fff]{0,3}$"
)
_FEARED_AFTER: Final = re.compile(r"^.{0,2}(?:风险|隐患|可能|咋办|怎么办|演练|培训|演习)")

# Talk about a case that is already known, about points and papers: never a new report.
_WANTED: Final = re.compile(
    r"(?:我|俺|咱)(?:们)?(?:昨天|前天|上次|刚才|刚刚|之前|这个?月|今天)?(?:报|上报|反映|提交|举报)过?(?:的|那|了几|哪些|多少)|修好了?没(?:有|呢|啊|$|[?,])|换没换|修没修|处理到哪|责任单位是谁|"
    r"进度|查一?下?\d{3,}|\d{3,}号?.{0,2}(?:转给|关了|目前)|(?:我|俺|看|查|查查|多少|这个?月).{0,6}(?:积分|的分|分数|多少分|几分)|积分(?:明细|排|够|换|怎么|咋|异议|规则|申诉| )|^积分|"
    r"排行榜|排名|月榜|榜单|排第几|排多少名|^兑|(?:想|要|给[我俺])换(?:那个|个|双|副|件|条)|兑换|换雨衣|免罚|免责|(?:超时|免除).{0,5}(?:证明|赔付)|超时那个|(?:开|给|整)个?.{0,3}证明|"
    r"聘书|胸牌|工作证丢|(?:^|要|想|我|怎么|体检)报名|报名(?:下|社区|参加|表)|签到码|(?:消防|安全|急救|线上|参加|去|月|周)的?培训|培训 |(?:咨询|预约|想约|找个?)律师|法律援助|法律服务|(?:免费|参加).{0,3}体检|体检(?:报名|几点|时间|在哪|登记)|电影票|红色电影|菜单$|"
    r"教教我|机器人|你(?:都)?能干|撤销|撤回|取消(?:掉|了)?$|报错了|看错了|别派|说错了|补图|我?补充一下|更正|催(?:一下|催|单|促)|(?:给|帮)催|想加入|也想当|给我登记|"
    r"导出|逾期清单|发布通知|群发|指派给|^补\d|(?:扣|补)\d+分|给.{1,4}补\d|扣.{1,4}\d分|统计 |办结情况|提醒我|关掉提醒|别@我|只推一次|我要申诉|明白人|"
    r"驿站(?: ?地址|位置|怎么走|能充电)|哪(?:个|里|儿|有)?.{0,4}驿站|(?:给|找)个.{0,3}驿站"
)
_ASKED: Final = re.compile(
    r"^请问|(?:可以|能)得多少|有没有上限|有奖|(?:给不给|有没有|有啥)奖励|算不算|算.{1,8}还是算?|归.{1,6}还是|犯不犯法|(?:找|归|该)谁(?:修|管|负责)|该?打哪个?|哪个电话|电话是多少|"
    r"先.{1,8}还是先|怎么(?:劝|判|领|办理|报名|申请)|是真的吗|几点(?!.{0,4}(?:还|就|了))|几天(?:内|能|回)|多久能|能报吗|能不能(?:参加|按|公示|发)|必须有|"
    r"要不要(?:驾照|交|带)|(?:今天|现在).{1,8}能.{1,6}吗$|会不会(?:被|取消|扣)|谁(?:知道|替|捡着|拿错)|试用期|最多能|我怎么办|^为什么|^有没有|谁(?:去|在附近|有)|(?:谁|有人|有没有人)(?:一起|知道|顺路)|怎么走$|去哪修"
)
# What a contact answers when a case is being worked on.
_ANSWERED: Final = re.compile(
    r"(?:已经?|都|全|终于|总算|刚)(?:帮.{0,6})?(?:修好|换好|清走|清理|清完|处理|处理完|办结|整改|移走|挪走|拆除|恢复|填平|受理|接单|转给|移交|到达?现场|抵达|约谈|派人|挪车|辟|注销)"
    r"|(?:修好|换好|弄好|整完|整好|处理完|处理好|清完|清干净|办结|补好|处里完)(?:了|啦|毕|必|$|,|。)|处理中|^收到|^受到|^了解|^好[的滴嘞]|^行,|不归我们|不是我们的|非本辖区|归.{1,4}管|"
    r"^[已改]?(?:转|派)(?:给|到)?(?:住建|水务|交警|城管|乡镇|电业|公安|电力|环卫)|到现场|到场|已清|雪已|正在?(?:走流程|走采购|与|现场|抢修|清理|捅|疏通|维修|处理)|^经(?:查|研判|调解|核实)|合并处理|"
    r"不予立案|该案件|有备案|没发现问题|没(?:有)?看到.{1,8}问题|情况属实|请(?:补充|提供)|再拍一张|再来一张|重发一个|没权限|这就去|马上(?:出发|到|联系)|咱管不着|帖子删了|抓走|收容所|下次直接拖|"
    r"^哪(?:条|个|里|儿)|停业,罚|只能先|试运行"
)
_AGAIN: Final = re.compile("又|还是|还没|没两天|没几天|不到|仍|可是|但是?")


def is_ruled_out(text: str, start: int) -> bool:
    """Whether the word at `start` is denied: 「没有着火」, 「无人受伤」, 「打不着火」."""
    return _RULED_OUT.search(text[max(0, start - 4) : start]) is not None


def is_feared(text: str, start: int, end: int) -> bool:
    """Whether what stands at `start` to `end` is feared and has not happened: 「怕塌」, 「差点砸到」, 「坠落风险」."""
    before = _FEARED_BEFORE.search(text[max(0, start - 7) : start])
    return before is not None or _FEARED_AFTER.match(text[end : end + 6]) is not None


def is_no_report(text: str) -> bool:
    """Whether the words are those of a question about the rules, of a command in plain words, or of an answer."""
    if _WANTED.search(text) or _ASKED.search(text):
        return True
    return _ANSWERED.search(text) is not None and _AGAIN.search(text) is None
