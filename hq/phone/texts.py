"""The words of the phone page. English is the key."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from enum import StrEnum
from types import MappingProxyType


class Language(StrEnum):
    """By BCP 47, as receipts are printed in them."""

    ZH_HANS = "zh-Hans"
    ZH_HANT = "zh-Hant"
    EN = "en"


NAMES: Mapping[Language, str] = MappingProxyType(
    {Language.ZH_HANS: "简体", Language.ZH_HANT: "繁體", Language.EN: "English"}
)
_TRADITIONAL = frozenset({"hant", "tw", "hk", "mo"})

_WORDS: Mapping[str, tuple[str, str]] = MappingProxyType(
    {
        "Members": ("会员", "會員"),
        "Sign in": ("登录", "登入"),
        "Sign out": ("退出登录", "登出"),
        "Mobile number": ("手机号", "手機號碼"),
        "Send a code": ("获取验证码", "取得驗證碼"),
        "Code": ("验证码", "驗證碼"),
        "If {phone} is a member's, a code of 6 digits is on its way to it. It holds for 5 minutes.": (
            "如果 {phone} 是会员手机号，6 位验证码正在发送，5 分钟内有效。",
            "如果 {phone} 是會員手機號碼，6 位驗證碼正在發送，5 分鐘內有效。",
        ),
        "Not a member yet? The counter makes you one in a minute.": (
            "还不是会员？到柜台一分钟即可入会。",
            "還不是會員？到櫃檯一分鐘即可入會。",
        ),
        "Not a member yet? Key your number too, and show the counter what comes.": (
            "还不是会员？同样输入手机号，验证后向店员出示二维码即可入会。",
            "還不是會員？同樣輸入手機號碼，驗證後向店員出示 QR 碼即可入會。",
        ),
        "A code of 6 digits is on its way to {phone}. It holds for 5 minutes.": (
            "6 位验证码正在发送到 {phone}，5 分钟内有效。",
            "6 位驗證碼正在發送到 {phone}，5 分鐘內有效。",
        ),
        "No other code is sent to {phone} within a minute: one that came holds for 5 minutes.": (
            "一分钟内不会再向 {phone} 发送验证码；已收到的 5 分钟内有效。",
            "一分鐘內不會再向 {phone} 發送驗證碼；已收到的 5 分鐘內有效。",
        ),
        "No more codes are sent to {phone} today. The counter serves you without.": (
            "今天不再向 {phone} 发送验证码。到柜台无需验证码即可办理。",
            "今天不再向 {phone} 發送驗證碼。到櫃檯無需驗證碼即可辦理。",
        ),
        "{quantity} left": ("剩 {quantity}", "剩 {quantity}"),
        "Fuel paid ahead": ("预付油量", "預付油量"),
        "Grade {grade}": ("油品 {grade}", "油品 {grade}"),
        "Become a member": ("加入会员", "加入會員"),
        "Nobody is known by {phone} yet. Let the shop scan this to join.": (
            "{phone} 还不是会员。请店员扫描此码办理入会。",
            "{phone} 還不是會員。請店員掃描此碼辦理入會。",
        ),
        "I am a member now": ("我已入会", "我已入會"),
        "No code came? Wait a minute, then ask for another one.": (
            "没有收到？请一分钟后重新获取。",
            "沒有收到？請一分鐘後重新取得。",
        ),
        "Another number": ("换一个手机号", "換一個手機號碼"),
        "That code is wrong, used, or too old.": (
            "验证码错误、已使用或已过期。",
            "驗證碼錯誤、已使用或已過期。",
        ),
        "A mobile number has 11 digits and begins with 1.": (
            "手机号为 11 位数字，以 1 开头。",
            "手機號碼為 11 位數字，以 1 開頭。",
        ),
        "Too many attempts: wait a minute.": ("尝试过于频繁，请稍等一分钟。", "嘗試過於頻繁，請稍等一分鐘。"),
        "{shop}: your code is {code}. It holds for 5 minutes. Tell it to nobody.": (
            "【{shop}】验证码 {code}，5 分钟内有效，请勿告诉他人。",
            "【{shop}】驗證碼 {code}，5 分鐘內有效，請勿告訴他人。",
        ),
        "Balance": ("余额", "餘額"),
        "Held for a fill": ("加油预占", "加油預占"),
        "of it bonus": ("其中赠送金", "其中贈送金"),
        "Points": ("积分", "積分"),
        "Petrol points": ("汽油积分", "汽油積分"),
        "Diesel points": ("柴油积分", "柴油積分"),
        "Gas points": ("燃气积分", "燃氣積分"),
        "Cashback": ("返现", "返現"),
        "Cash vouchers": ("代金券", "代金券"),
        "Coupons": ("优惠券", "優惠券"),
        "Count cards": ("次卡", "次卡"),
        "Cards": ("会员卡", "會員卡"),
        "Tier": ("会员等级", "會員等級"),
        "silver": ("银卡", "銀卡"),
        "gold": ("金卡", "金卡"),
        "VIP": ("贵宾", "貴賓"),
        "Card": ("卡片", "卡片"),
        "{count} left": ("剩 {count} 次", "剩 {count} 次"),
        "{off} off from {reach}": ("满 {reach} 减 {off}", "滿 {reach} 減 {off}"),
        "{off} off": ("立减 {off}", "立減 {off}"),
        "from {day}": ("{day} 起可用", "{day} 起可用"),
        "until {day}": ("{day} 前有效（含当日）", "{day} 前有效（含當日）"),
        "None now.": ("暂无。", "暫無。"),
        "Receipts": ("小票", "收據"),
        "Receipt": ("小票", "收據"),
        "As the shops told until {time}.": (
            "以上为各门店截至 {time} 的数据。",
            "以上為各門店截至 {time} 的資料。",
        ),
        "Nothing was booked yet.": ("暂无记录。", "暫無記錄。"),
        "Sale": ("消费", "消費"),
        "Recharge": ("充值", "儲值"),
        "Refund": ("退货", "退貨"),
        "Void": ("撤销", "撤銷"),
        "Refund of a recharge": ("充值退款", "儲值退款"),
        "Points redeemed": ("积分兑换", "積分兌換"),
        "Deposit": ("定金", "訂金"),
        "Balance brought in": ("余额导入", "餘額匯入"),
        "Show my code": ("出示会员码", "出示會員碼"),
        "Member code": ("会员码", "會員碼"),
        "Let the shop scan it. It is renewed by itself, and counts once.": (
            "请向店员出示。会自动更新，只能使用一次。",
            "請向店員出示。會自動更新，只能使用一次。",
        ),
        "A new code": ("换一个会员码", "換一個會員碼"),
        "No new code could be fetched. Open the page again.": (
            "无法更新会员码，请重新打开页面。",
            "無法更新會員碼，請重新開啟頁面。",
        ),
        "Back": ("返回", "返回"),
        "Language": ("语言", "語言"),
        "There is no such page.": ("没有这个页面。", "沒有這個頁面。"),
        "That did not work. Open the page again.": (
            "操作未成功，请重新打开页面。",
            "操作未成功，請重新開啟頁面。",
        ),
    }
)

Words = Callable[[str], str]


def words(language: Language) -> Words:
    """Raises KeyError for a key that has no Chinese: a defect, found by the tests of the page."""
    if language is Language.EN:
        return lambda key: key if key in _WORDS else _WORDS[key][0]
    at = 0 if language is Language.ZH_HANS else 1
    return lambda key: _WORDS[key][at]


def language_of(accepted: str) -> Language:
    """The first that a browser accepts and we speak (RFC 9110 section 12.5.4, in its order); else Chinese."""
    for one in accepted.split(","):
        parts = one.partition(";")[0].strip().lower().split("-")
        if parts[0] == "zh":
            return Language.ZH_HANT if _TRADITIONAL & set(parts) else Language.ZH_HANS
        if parts[0] == "en":
            return Language.EN
    return Language.ZH_HANS
