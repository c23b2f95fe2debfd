"""What is understood of a rider's words, with the default county's keywords and places."""

from dataclasses import replace
from time import perf_counter

import pytest

from bot.county import load
from bot.domain.recognise import Recogniser, nearest_word, normalise, recognise
from bot.domain.rulebook import CategoryId, Point, Sensitive, Severity
from bot.domain.scrub import Personal

BOOK = load()
READER = Recogniser(BOOK)

# Written for this test by someone who is no rider: kind of problem, and what was said.
REPORTS = """
food_no_license|这家卤肉档口墙上啥证都没有，问老板他说正在办，和平小区东门
food_no_license|柳屯那家豆腐坊营业执照前年就到期了
ghost_kitchen|平台上写的店在学府街，我找了三圈没有门面，最后在居民楼七楼接的餐
ghost_kitchen|一个后厨挂了五个店名，全是同一口锅炒出来的
dirty_kitchen|铁锅炖那个灶台上油泥有一指厚，看着都吃不下去
dirty_kitchen|等餐的时候瞅见砧板发霉了都，红旗小吃街第二家
kitchen_pests|刚才等餐一只大耗子从冰柜底下钻出来，美食城6号档口
kitchen_pests|凉菜上头趴了一层苍蝇
spoiled_food|酸奶都过了保质期半拉月了还摆货架上，满仓超市
spoiled_food|肉都发绿了还往锅里扔，味儿冲得我直反胃
staff_hygiene|打饭阿姨没戴口罩还一个劲儿咳嗽
staff_hygiene|和面那师傅叼着烟，烟灰都快掉盆里了
cross_contamination|切完生鸡肉那把刀没洗直接切熟食了
cross_contamination|一筐土豆就堆在厕所门口，边上就是备菜的案子
seal_missing|外卖袋没封口，我这一路都不敢放手
unsafe_packaging|这家饭盒一碰热汤就变形，汤全漏我箱里了
misleading_claim|招牌写现炒，我亲眼看见撕开料理包扔微波炉
food_poisoning|一家三口吃完凉皮都吐了，人已经在县医院挂水
price_fraud|称了二斤排骨回家一约少了三两，西园市场
kitchen_waste|烧烤店天天半夜把泔水往雨水井里倒
exposed_garbage|河沿上堆了一大堆垃圾没人收，苍蝇嗡嗡的，滨河路
exposed_garbage|不知道谁把一条死狗撂草丛里了，都招蛆了
construction_waste|谁家装修砸下来的砖头瓦块全倒在光明小区后墙根了
bin_overflow|果皮箱都冒尖了，袋子堆一地
dirty_road|一马路的烂泥和菜叶子，没人扫
street_vending|卖烤地瓜的三轮把人行道占得严严实实
street_vending|学校门口全是推车卖炸串的，电动车过不去
small_ads|单元门上又让人贴了一溜开锁的小广告
piled_goods|五金店把钢管码在人行道上，盲道都没了
street_hanging|两棵树中间拉根绳子晒被子，骑车过去糊一脸
bike_disorder|共享单车堆得跟小山一样把站前广场出口堵了
green_damage|好好一片草坪让人刨了种大葱
open_burning|楼下大爷又烧树叶子，满楼道都是烟味
noise|凌晨一点工地还在打桩，整栋楼都睡不着
noise|广场舞那大音箱能把人震聋
loose_dog|一条大黄狗没拴绳，见着骑车的就追着咬
snow_ice|学府桥上坡那块全是冰，俺刚才摔了个屁墩儿
snow_ice|雪没人清，压得跟溜冰场似的
loose_signboard|网吧的灯箱让风刮得就剩一根铁丝吊着
good_deed|表扬红果果水果店老板，冒雨把迷路老太太送回了家
illegal_parking|有辆面包车横在小区门口，打电话也不接
illegal_parking|公交站又让私家车占了，公交进不了站
fire_lane_blocked|小区消防通道上停了三辆轿车，真着火消防车都进不来
signal_fault|大十字红绿灯不走字了，四面车都抢
signal_fault|人民路那个信号灯黑着呢
sign_guardrail_damage|中间那排护栏让货车怼倒了好几节
sign_guardrail_damage|斑马线都磨没了，过街跟赌命似的
pothole|这条道坑太大了，昨天我前圈都颠变形了
pothole|路面裂了老长一道缝，车轱辘容易别进去
road_collapse|马路中间塌了个大坑，底下都空了
road_obstacle|道中间横着一根大木头，差点撞上
road_obstacle|拉货的车掉了一地碎玻璃在快车道上
ponding|桥洞子底下水没到大腿了，电动车过不去
accident|一辆轿车和外卖电动车撞了，骑手躺地上起不来
accident|俩车追尾把道堵死了，建设街
crossing_hotspot|这路口天天有人翻护栏过马路
unsafe_truck|渣土车不盖苫布，一路走一路掉石子
bus_stop_damage|候车亭玻璃碎了一块，碴子还挂着
unfenced_works|挖了条大沟没围也没灯，晚上谁看得见
rider_road_risk|这个弯太急了，墙挡着看不见对面来车，给装个凸面镜吧
rumor|群里都在传县里的鸡蛋有毒，说得有鼻子有眼的，没见官方说过
fraud_message|有人加我微信让我垫付货款，说回头给双倍返利
harmful_content|有个账号天天直播低俗内容，好多小孩在看
hot_concern|业主都说要去售楼处拉横幅，房子拖了一年多没交
rider_group_concern|好几个骑手群在商量后天集体停工，嫌单价降得太狠
online_abuse|一个顾客把女骑手照片发网上辱骂，底下跟着一堆人骂
privacy_leak|快递点把带电话的面单成捆扔垃圾箱边上
disaster_rumor|有人发视频说水库要决堤了，其实是外地的旧视频
false_online_ad|直播间卖的神药说包治糖尿病，明显夸大宣传
suggestion|建议在学府街中段增加一个骑手临时停车点
manhole_missing|井盖让人偷了，就剩个黑窟窿，光明路
manhole_missing|马葫芦盖子裂成两半了，轮子一压就翘
manhole_loose|那个井盖车一过就咣当咣当响
streetlight_out|这条街路灯灭了十来天了，黑灯瞎火的
cable_down|电线耷拉到地上了还冒火花
cable_down|光缆垂得老低，骑车都勒脖子
fly_wire_charging|从五楼甩下来一根插排给电动车充电
corridor_blocked|三单元楼道里堆满破家具，人都侧着身走
fire_facility_damage|楼里的灭火器指针都到红区了
gas_smell|单元门口一股煤气味，挺呛的
water_leak|自来水管爆了，水蹿起来一人多高
sewage_overflow|下水道返上来了，院里全是粪汤子
heating_fault|暖气一点不热，家里就十四度
vulnerable_help|一个老大爷在路边坐着，问啥都说不清，像是走丢了
vulnerable_help|三楼老太太摔倒了起不来，家里没别人
dispute|邻居俩因为漏水的事吵了好几天，谁也不让谁
public_security|有个男的挨个拉车门，鬼鬼祟祟的
public_security|两伙人在烧烤摊打起来了，还有拿刀的
facility_damage|单杠断了一根，孩子还在上面吊着玩
illegal_building|一楼那户把绿地圈起来盖了个小房
falling_object|外墙瓷砖往下掉，砸坏一辆车
tree_down|昨晚大风刮断一根大树枝，横在非机动车道上
fire|二楼往外冒黑烟，窗帘都烧着了
other|我们这片停水两天了，没人通知
other|电梯卡在七楼不动，里头还困着人
gate_access|保安不让外卖车进，非叫我走路送到最里头那栋
charging_lack|换电柜六个仓全空着，等了一个点儿也没电池
station_fault|光明驿站饮水机坏了，大夏天喝不上一口水
labor_dispute|站长压着俺们两个月工资不发
penalty_appeal|平台判我虚假点送达，扣了五十，我想申诉
"""

CHATTER = """
大家早上好，今天风大慢点骑
谁有多余的头盔带子
中午吃啥
我这个月积分多少了
怎么兑换雨衣
上次我报的路灯修好了没有
帮我催一下昨天那个单子
请问红绿灯坏了归哪个部门管
驿站几点关门
收到，马上安排人过去
已处理，井盖换新的了
垃圾已清运，请查收
这不归我们管，转给住建了
我妈做的包子绝了
下班了兄弟们
哈哈哈笑死
超时证明怎么开
把我上周报的列一下
送完这单回家过节
今天单子少得可怜
"""


def cases() -> list[tuple[CategoryId, str]]:
    pairs = (line.split("|", 1) for line in REPORTS.strip().splitlines())
    return [(CategoryId(category), said) for category, said in pairs]
