"""What screens say when something comes back, in Simplified Chinese. English is the key."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

ZH_HANS: Mapping[str, str] = MappingProxyType(
    {
        "Refund": "退货",
        "Void": "撤销",
        "Recharge refund": "退充值",
        "Scan the receipt of what comes back, or present the card": "请扫要退货的小票，或刷会员卡",
        "Scan the receipt that is void, or present the card": "请扫要撤销的小票，或刷会员卡",
        "Today's receipts": "今日小票",
        "Which of these?": "是哪一笔？",
        "{day} {time}  {sum}  {what}": "{day} {time}  {sum}  {what}",
        "Why does it come back?": "为什么退货？",
        "Why is it void?": "为什么撤销？",
        "Spoiled": "变质损坏",
        "The wrong goods": "商品不对",
        "Not wanted any more": "不想要了",
        "Keyed wrong": "输入错误",
        "The customer left": "顾客已离开",
        "What comes back?": "退哪些？",
        "Everything": "全部",
        "{name} x {quantity}  {sum}": "{name} × {quantity}  {sum}",
        "{name}: {sum} left, a part came back on {day}": "{name}：还剩 {sum}，{day} 退过一部分",
        "{name}: of {sold} {back} came back on {day}, {sum} left": (
            "{name}：共 {sold}，{day} 已退 {back}，还剩 {sum}"
        ),
        "How many {name} come back?": "退几件 {name}？",
        "How much {name} comes back?": "退多少 {name}？",
        "Take the goods, and give this back?": "收下商品，并退还以下金额？",
        "Undo all of it?": "整笔撤销？",
        "The fill waits under Fuel and join until it is paid": "撤销后，这笔加油会在“加油入会”里等待重新付款",
        "Is the fuel still owed? Key its litres anew under Fuel and join": (
            "油款若仍要收，请在“加油入会”里重新输入升数"
        ),
        "Who approves the refund?": "谁批准退货？",
        "Who approves that it is void?": "谁批准撤销？",
        "Of receipt": "原小票",
        "That card is not in use any more. Its value waits on the member's account.": (
            "原卡已停用，退回的金额留在会员账户上。"
        ),
        "Booked. Give {cash} back, with the receipt.": "已入账。请退还现金 {cash}，并交给顾客小票。",
        "Booked. Hand over the receipt.": "已入账，请交给顾客小票。",
        "Cash back": "退现金",
        "Back by code payment": "原路退回扫码支付",
        "Back to the bank card": "退回银行卡",
        "By transfer to an account of the same name": "转账至同名账户",
        "Back to WeChat Pay": "原路退回微信支付",
        "Back to Alipay": "原路退回支付宝",
        "Back to UnionPay": "原路退回银联",
        "Back to Meituan": "撤销核销，退回美团",
        "Back to Douyin": "撤销核销，退回抖音",
        "Back through {name}": "原路退回 {name}",
        "Back to the company account": "退回单位账户",
        "Back to the card: principal": "退回卡内：本金",
        "Back to the card: bonus": "退回卡内：赠送金",
        "Principal that ends": "注销的本金",
        "Bonus that ends": "注销的赠送金",
        "Cashback held": "返现余额",
        "Deposit held": "定金余额",
        "Given back": "合计退还",
        "Goods": "商品",
        "Not to be sold again": "不再销售",
        "{name}": "{name}",
        "{name} owed": "欠回 {name}",
        "Goods points owed": "欠回商品积分",
        "Petrol points owed": "欠回汽油积分",
        "Diesel points owed": "欠回柴油积分",
        "Gas points owed": "欠回燃气积分",
        "Cashback owed": "欠回返现",
        "Coupons owed": "欠回优惠券",
        "Vouchers owed": "欠回代金券",
        "Bonus owed": "欠回赠送金",
        "Present the card that is paid back": "请刷要退充值的卡",
        "Which recharge?": "退哪一笔充值？",
        "{day}  {sum}, {left} left": "{day}  充 {sum}，还剩 {left}",
        "Another shop  {sum}, {left} left": "其他门店  充 {sum}，还剩 {left}",
        "Whose wish is it?": "因何退充值？",
        "Within days, never had it before": "冷静期内，从未消费过同类商品或服务",
        "The member wishes it": "会员要求",
        "The shop ends it": "商家原因",
        "What was taken with it, at list price?": "已消费部分按原价是多少？",
        "How much is paid back?": "退多少？",
        "By the rule: {sum}": "按规则：{sum}",
        "The terms give more": "约定更优惠",
        "How much do the terms give?": "按约定退多少？",
        "By the terms": "按约定",
        "How is it paid back?": "怎样退？",
        "In cash": "现金",
        "The way it came, or to an account of the same name": "原路退回，或转同名账户",
        "Paid in": "充入本金",
        "Of it spent": "其中已消费",
        "Taken, at list price": "按原价计已消费",
        "By the rule": "按规则应退",
        "Bonus given with it": "随充赠送金",
        "Spent of both": "本金赠送金共已消费",
        "Of it principal, in proportion": "其中按比例属本金",
        "Paid back before": "此前已退",
        "Came back to it since": "其后退回卡内",
        "Pay this back, and end the recharge?": "退还以下金额，并结束这笔充值？",
        "Who approves that it is paid back?": "谁批准退充值？",
        "No such receipt here. What another shop sold goes back to that shop.": (
            "本店没有这张小票。其他门店售出的，请到该门店退。"
        ),
        "Till {terminal} booked that, not this one. Send the customer there with the receipt.": (
            "这笔是收银机 {terminal} 入账的，不是本机。请顾客带小票到那里办理。"
        ),
        "Not with this receipt. A recharge is under Recharge refund, a deposit under Deposit.": (
            "这张小票不在这里办理。充值请按“退充值”，定金请按“定金”。"
        ),
        "All of that came back before. Look for its other receipts.": "已全部退过，请查看它的其他小票。",
        "A code paid this, and it cannot be sent back from here. Send the customer to the shop that sold it,"
        " or call the technician.": (
            "这笔是扫码付的，本机无法原路退回。请顾客到售出的门店退，或联系技术人员。"
        ),
        "That was another shift. Take it back as a refund.": "不是本班的交易，请按退货处理。",
        "Another shop holds this, and the network is away. Keep the receipt and try again later.": (
            "权益在其他门店，且网络不通。请保留小票，稍后再试。"
        ),
        "Nothing that was paid onto this card is left. There is nothing to pay back.": (
            "此卡充入的金额已用完，没有可退的。"
        ),
    }
)
