"""What screens say while a bill is paid, in Simplified Chinese. English is the key."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

ZH_HANS: Mapping[str, str] = MappingProxyType(
    {
        "By phone": "手机号",
        "By name": "按姓名查找",
        "Name, its first letters, or the phone's last four digits": "姓名、拼音首字母，或手机号后四位",
        "Birthday today": "今天生日",
        "Birthday in {days} day(s)": "{days} 天后生日",
        "Coupons that end by {day}: {count}": "{day} 前到期的优惠券：{count} 张",
        "{name}: used up on {day}": "{name}：{day} 用完",
        "Tags: {names}": "标签：{names}",
        "Asks for {name}": "指定服务：{name}",
        "Mostly served by {name}: {times} of {visits} visits": (
            "多由 {name} 服务：最近 {visits} 次中的 {times} 次"
        ),
        "Recommend {name}: bought {times} times with {bought}": ("推荐 {name}：与{bought}同购 {times} 次"),
        "New today": "今日新会员",
        "Last here on {day}": "上次到店：{day}",
        "Which member?": "是哪位会员？",
        "{name} {number}": "{name} {number}",
        "There are more: key more of the name, or the last digits too": (
            "还有更多：请多输入姓名，或加上手机号后四位"
        ),
        "No member is found by that. Key other letters, or ask for the phone number.": (
            "没有找到会员。请换其他字母查找，或询问手机号。"
        ),
        "No phone number is kept of this member. Ask for the card.": "此会员没有留手机号。请顾客出示会员卡。",
        "Key the member's phone number": "请输入会员手机号",
        "Card or code": "刷卡或扫码",
        "No member has this phone number. Key it again, or ask for the card.": (
            "没有使用此手机号的会员。请重新输入，或请顾客出示会员卡。"
        ),
        "Bank terminal": "银行卡刷卡机",
        "The customer's code was refused. Ask for another code, or another way to pay.": (
            "顾客的付款码被拒绝。请顾客换一个付款码，或换一种付款方式。"
        ),
        "The platform does not know this voucher, or not for this shop. Look at the code again.": (
            "平台没有这张券，或不适用于本店。请再核对券码。"
        ),
        "This voucher was used, or given back to its buyer. Ask for another way to pay.": (
            "这张券已使用，或已退款。请顾客换一种付款方式。"
        ),
        "This voucher cannot be used today: it has ended, or not begun. The platform refunds it.": (
            "这张券今天不能使用：已过期，或尚未生效。请顾客向平台退款。"
        ),
        "The platform cannot be asked now. Try again in a minute, or take another way to pay.": (
            "暂时无法向平台查询。请一分钟后再试，或换一种付款方式。"
        ),
        "This voucher pays nothing of this bill: it is for other goods, or they are paid already.": (
            "这张券不能用于本单：适用于其他商品，或这些商品已付款。"
        ),
        "These vouchers do not go together in one bill. Use one, and pay the rest another way.": (
            "这些券不能在同一单使用。请只用一张，其余换一种方式付款。"
        ),
        "That is no voucher code. Scan the code that the platform shows, or key its number.": (
            "这不是券码。请扫描平台出示的券码，或输入券号。"
        ),
        "Scan or key the voucher's code": "请扫描或输入团购券码",
        "Asking the platform about the voucher. Wait.": "正在向平台查询此券，请稍候。",
        "The platform is asked. Cancel takes it back.": "正在核销。按取消可撤销。",
        "Use the vouchers?": "确认核销团购券？",
        "A voucher comes back only whole: pay this by hand, under Shift": (
            "团购券只能整张撤销：此部分请在“班次”中人工退款"
        ),
        "That is no payment code. Ask the customer to show the code they pay with.": (
            "这不是付款码。请顾客出示付款码。"
        ),
        "The payment service may still pay it back. Pay nothing now, and try again later.": (
            "支付机构可能还会退款，现在不要退钱，请稍后再试。"
        ),
        "{day} {time}  {sum}": "{day} {time}  {sum}",
        "Refused, or not certain": "退款失败或未确定",
        "Which one?": "哪一笔？",
        "Bank card {day} {time}  {sum}": "银行卡 {day} {time}  {sum}",
        "Look at the bank terminal's journal. Was this taken?": "请查看刷卡机的交易记录：这笔钱收了吗？",
        "It was not taken": "没有收",
        "It was taken, and I reversed it there": "收了，已在刷卡机上撤销",
        "Is nothing of it kept?": "确认这笔钱没有留下？",
        "Noted. It stands on no report any more.": "已记录。报表上不再列出。",
        "The customer pays at the bank's terminal. Cancel stops it.": "请顾客在刷卡机上付款。按取消将停止。",
        "The bank's terminal took nothing. Ask for another card, or another way to pay.": (
            "刷卡机没有收款。请顾客换一张卡，或换一种付款方式。"
        ),
        "The bank's terminal is busy, or does not answer. Wait, or ask for another way to pay.": (
            "刷卡机正忙或没有应答。请稍等，或换一种付款方式。"
        ),
        "It has gone back by itself just now. Pay nothing.": "刚刚已自动退回，不要再退钱。",
        "It was refused. How do you pay it back?": "退款被拒绝。改用什么方式退给顾客？",
        "By bank transfer": "银行转账",
        "Why was it refused?": "为什么被拒绝？",
        "It was paid too long ago": "付款时间太久",
        "The customer's account is closed": "顾客账户已注销",
        "Give it back in cash?": "用现金退还？",
        "Has the transfer been sent?": "转账已汇出？",
        "Who approves that it is paid by hand?": "人工退款：由谁批准？",
        "Booked. Give {cash} back, with the slip.": "已入账，请退现金 {cash}，并给凭条。",
        "Booked. Keep the slip with the transfer.": "已入账，凭条与转账回单一并保存。",
        "It is not certain whether the customer paid. Do not hand over: the money goes back.": (
            "不确定顾客是否已付款。请勿交付商品：款项将退回。"
        ),
        "A payment outside is not certain yet. Sell on; see under Shift whether you must end it.": (
            "有一笔外部款项尚不确定：可继续收银，并到“班次”中查看是否需要处理。"
        ),
        "Scan the customer's payment code": "请扫顾客的付款码",
        "By the shop's own code": "顾客扫本店收款码",
        "The customer confirms on the phone. Cancel takes it back.": "请顾客在手机上确认付款。按取消将退回。",
        "Taking the payment back. Wait.": "正在退回款项，请稍候。",
        "In parts": "组合付款",
        "How many points does the member use?": "会员使用多少积分？",
        "All: {points} points": "全部：{points} 积分",
        "{points} points are": "{points} 积分抵",
        "They pay": "可抵",
        "Points after": "扣后积分",
        "Too few points for that. Take less of them, or another way to pay.": (
            "积分不够。请少用一些积分，或换一种付款方式。"
        ),
        "Points are used in whole steps only. Key as many as the screen says, or a multiple.": (
            "积分只能按整数档使用。请按屏幕所示数量或其倍数输入。"
        ),
        "How is the rest paid?": "剩余部分如何付款？",
        "How is a part of it paid?": "其中一部分如何付款？",
        "How much of it?": "这部分付多少？",
        "Charge the card, take the cash, give {change} back?": "确认从卡内扣款并收现金，找零 {change}？",
        "Count card": "次卡",
        "{name}: use the count card?": "{name}：使用次卡？",
        "{name}, {left} left until {day}": "{name}，剩 {left} 次，{day} 前有效",
        "{name}, {left} left": "{name}，剩 {left} 次",
        "Pay for it": "照常付款",
        "How many uses?": "使用几次？",
        "Take it off the count card?": "从次卡扣次？",
        "A count card is a member's. Ask for the card or phone, or let them join first.": (
            "次卡须记在会员名下，请出示会员卡或手机号，或先办理入会。"
        ),
        "{name} is not good in this shop. Take another way to pay.": (
            "{name}不能在本店使用，请改用其他方式付款。"
        ),
        "{name} is not good on this day of the week. Take another way to pay.": (
            "{name}今天（按星期）不能使用，请改用其他方式付款。"
        ),
        "{name} is good from {opens} to {closes} only. Take another way to pay.": (
            "{name}仅在 {opens} 至 {closes} 可用，请改用其他方式付款。"
        ),
        "{name}, {used} used, {listed} at list price: whose wish is it?": (
            "{name}，已用 {used} 次，按原价计 {listed}：由谁提出？"
        ),
        "The same count card is there on two lines. Sell them one after the other.": (
            "同一种次卡出现在两行，请分两笔办理。"
        ),
    }
)
