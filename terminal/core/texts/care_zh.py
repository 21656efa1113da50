"""What the screens say of cards and of whose they are, in Simplified Chinese."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

ZH_HANS: Mapping[str, str] = MappingProxyType(
    {
        "Cards": "会员卡",
        "Present the card, or key the phone of whoever lost it": "请出示会员卡；卡已丢失的输入手机号",
        "What about the card?": "办理什么业务？",
        "A new card in its place": "补卡 / 换卡",
        "Renew": "续期",
        "Lost or stolen": "挂失",
        "Freeze": "冻结",
        "Use it again": "解挂 / 解冻 / 启用",
        "One more card": "加办副卡",
        "To another person": "转卡",
        "Two memberships become one": "合并会员",
        "Another tier": "调整等级",
        "Tier until now": "原等级",
        "Tier": "等级",
        "Give this tier?": "给予此等级？",
        "Who approves the tier?": "调整等级：由谁批准？",
        "The tier is given, from the next sale on.": "等级已调整，下一笔消费起生效。",
        "Only a member who was here before can be given a tier.": "仅限曾到店的会员可调整等级。",
        "They have that tier by what they bought. Nothing was changed.": "会员凭消费已达此等级，未作更改。",
        "Cancel the card": "退卡 / 注销",
        "Which card?": "哪一张卡？",
        "{card}, not in use yet": "{card} 未启用",
        "{card}, in use": "{card} 正常",
        "{card}, reported lost": "{card} 已挂失",
        "{card}, frozen": "{card} 已冻结",
        "{card}, expired": "{card} 已过期",
        "Block this card? It pays nothing from now on.": "挂失此卡？挂失后不能再支付。",
        "Freeze this card? It pays nothing until it is used again.": "冻结此卡？解冻前不能支付。",
        "Shall this card pay again?": "恢复使用此卡？",
        "Renew this card? All that is on it stays.": "为此卡续期？卡内余额不变。",
        "The card is renewed. Hand over the card and the slip.": "续期完成，请交还卡片和凭条。",
        "Who approves that the card is renewed?": "续期：由谁批准？",
        "Valid until": "有效期至",
        "Cancel this card? Its number is never used again.": "注销此卡？卡号以后不能再用。",
        "Cancel this card? What is left on it ends with it.": "注销此卡？卡内剩余权益随卡作废。",
        "Cancel this card? What is left stays with the member.": "注销此卡？卡内剩余权益仍归会员所有。",
        "The card is blocked. Offer a new one: press Cards.": "已挂失。需要补卡请按“会员卡”。",
        "The card is frozen.": "已冻结。",
        "The card pays again.": "已恢复使用。",
        "The card is cancelled. Keep it.": "已注销，请收回卡片。",
        "Who approves that the card is blocked?": "挂失：由谁批准？",
        "Who approves that the card is frozen?": "冻结：由谁批准？",
        "Who approves that the card pays again?": "恢复使用：由谁批准？",
        "Who approves that the card is cancelled?": "注销：由谁批准？",
        "Who approves the new card?": "发新卡：由谁批准？",
        "There is value left. What becomes of it?": "卡内还有余额，如何处理？",
        "It stays with the member": "保留在会员名下",
        "It is paid back first": "先办理退款",
        "On the card": "卡内余额",
        "Card until now": "原卡",
        "New card": "新卡",
        "Does the new card take the place of the old one?": "用新卡替换旧卡？",
        "Hand out one more card?": "加办一张副卡？",
        "Hand over the new card and the slip. The old number is dead.": "请交付新卡和凭条，旧卡号已作废。",
        "Hand over the card and the slip.": "请交付卡片和凭条。",
        "Key the phone number of whoever gets it": "请输入受让人的手机号",
        "From": "原持有人",
        "To be handed over": "请一并交出",
        "The PIN is that of the membership that stays": "密码沿用保留会员的密码",
        "The PIN is that of the membership that ends": "密码沿用并入会员的密码",
        "Will be cancelled": "将注销",
        "To": "受让人",
        "Does the new holder accept the terms, version {version}?": "受让人接受会员章程吗（{version} 版）？",
        "Who approves the transfer?": "转卡：由谁批准？",
        "It is theirs now. They choose a PIN: press PIN.": "转卡完成，请受让人设置密码（按“密码”）。",
        "They are a member. Does it go onto their membership, by the terms, version {version}?": (
            "受让人已是会员，按会员章程（{version} 版）转入其账户吗？"
        ),
        "It is theirs now. Hand over the slips.": "转卡完成，请交付凭条。",
        "Present a card of the membership that stays": "请出示要保留的会员的卡",
        "It ends": "并入（注销）",
        "It stays": "保留",
        "Shall these two become one?": "合并这两个会员？",
        "Who approves that they become one?": "合并会员：由谁批准？",
        "They are one membership now. Hand over the slip.": "合并完成，请交付凭条。",
        "Pay back what is left first: press Recharge refund. Then cancel the card.": (
            "请先按“退充值”退清余额，再注销此卡。"
        ),
        "What was paid for is still on this card: use it, or press Refund. Then cancel the card.": (
            "卡内还有已付款的权益：请先用完，或按“退货”退款，再注销此卡。"
        ),
        "What is on this card changed just now. Press Cards again.": "卡内权益刚有变动，请重新按“会员卡”。",
        "This membership was given to somebody else just now. Press Cards again.": (
            "此会员刚刚已转卡给他人，请重新按“会员卡”。"
        ),
        "Of them with points that end": "其中有积分，随卡作废",
        "Both belong to the same membership already. Nothing was changed.": "两者已是同一会员，未作更改。",
        "The card that stays has no name. Do it again, and present that card first.": (
            "保留的卡是不记名卡。请重新操作，先出示这张不记名卡。"
        ),
        "Many cards": "批量办卡",
        "What about many cards?": "批量办理什么？",
        "Cancel cards": "批量注销",
        "Issue new cards": "批量发卡",
        "Which cards?": "哪些卡？",
        "By first and last number": "按卡号段",
        "Issued until a day": "按发卡日期",
        "Of one tier": "按等级",
        "Of another name": "其他名称",
        "All without value": "全部零余额卡",
        "First and last number, such as PT0001-PT0100": "请输入起止卡号，如 PT0001-PT0100",
        "Until which day, in eight digits?": "截止哪一天（八位数字）？",
        "Which tier?": "哪个等级？",
        "Cards without value": "零余额卡",
        "Of them for headquarters": "其中不记名卡，由总部注销",
        "Of them members', value elsewhere not known": "其中会员卡，他店余额不详",
        "Of them not given out yet": "其中未启用",
        "Cancelled before it was cut short": "中断前已注销",
        "Left out, value on them": "有余额，不处理",
        "Perhaps at other shops": "可能在其他门店",
        "Sum of what is left out": "不处理的余额合计",
        "{card}": "{card}",
        "Cancel {count} cards?": "注销 {count} 张卡？",
        "Who approves that they are cancelled?": "批量注销：由谁批准？",
        "The cards are cancelled. The list is printed.": "已注销，清单已打印。",
        "Letters before the number, such as PT": "卡号前缀字母，如 PT",
        "How many cards?": "多少张？",
        "Which numbers?": "哪些卡号？",
        "The next ones": "顺延下一号",
        "Of them there already": "其中已发放",
        "All of these numbers are in use. Key others, or cancel those cards first.": (
            "这些卡号都在使用，请换卡号，或先注销这些卡。"
        ),
        "New numbers": "新卡号",
        "Activate": "启用",
        "Give this card out? It pays from now on.": "启用此卡？启用后即可使用。",
        "The card is in use. Hand over the card and the slip.": "已启用，请交付卡片和凭条。",
        "Who approves that the card is given out?": "启用：由谁批准？",
        "This card is not in use yet. To give it out, press Cards, and activate it.": (
            "此卡尚未启用。如需发放，请按“会员卡”启用。"
        ),
        "Cards of this kind are not for that. Ask for another card, or for another way.": (
            "此类卡不能办理此业务，请换一张卡或改用其他方式。"
        ),
        "Which kind of card?": "哪种卡？",
        "Kind of card: {name}": "卡种：{name}",
        "Issue {count} cards?": "发放 {count} 张卡？",
        "The cards are issued. The list is printed.": "已发放，清单已打印。",
        "Booking {count} cards. Wait.": "正在办理 {count} 张卡，请稍候。",
        "Those numbers cannot be used. Key the first and the last, such as PT0001-PT0100.": (
            "卡号有误，请输入起止卡号，如 PT0001-PT0100。"
        ),
        "No card there can be cancelled: none fits, or each has value left. Nothing was changed.": (
            "没有可注销的卡：无符合条件的卡，或都有余额。未作更改。"
        ),
    }
)
