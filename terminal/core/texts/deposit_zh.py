"""What the screens say about deposits, invoices and paper balances, in Simplified Chinese."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

ZH_HANS: Mapping[str, str] = MappingProxyType(
    {
        "Deposit": "定金",
        "Invoice": "发票",
        "What about the invoice?": "请选择发票业务",
        "An invoice was written": "登记已开发票",
        "One was taken back by a red letter": "登记红字发票",
        "Scan the receipt, or present the card": "请扫小票，或刷卡",
        "It has its invoice: {number}, of {day}. Write no second one.": (
            "已开过发票：{number}，{day}。请勿重复开票。"
        ),
        "Number of the invoice": "发票号码",
        "Paid for it": "实付金额",
        "Is that the amount of the invoice?": "发票金额是否一致？",
        "Who approves the invoice?": "由谁批准开票？",
        "Noted. Hand over the invoice.": "已登记，请交付发票。",
        "Number of the red letter": "红字发票号码",
        "Red letter": "红字发票",
        "Does the red letter take that invoice back?": "红字发票是否冲销该发票？",
        "Who approves the red letter?": "由谁批准红冲？",
        "Noted. It may be invoiced anew.": "已登记，可重新开票。",
        "That is no invoice number. Key its 8 to 30 letters and digits.": (
            "发票号码无效，请输入 8 至 30 位字母和数字。"
        ),
        "For that no invoice is written: it was undone, paid ahead, or has none to take back.": (
            "此笔不能开票：已撤销、属预付，或没有可冲销的发票。"
        ),
        "That is no name for an invoice. Key it as it stands on the licence, at most 60 characters.": (
            "抬头无效，请按营业执照输入，最多 60 个字。"
        ),
        "That tax number cannot be right. Read all its 15 to 20 characters once more.": (
            "税号有误，请重新核对全部 15 至 20 位。"
        ),
        "It has its invoice. Take that back by a red letter first, under Invoice.": (
            "此笔已开发票，请先在“发票”中登记红字发票。"
        ),
        "Its invoice is asked for. Under Invoice, note its number or withdraw the request first.": (
            "此笔已申请开票，请先在“发票”中登记号码或撤回申请。"
        ),
        "Too many invoices wait to be written. Under Invoice, look at those that are asked for.": (
            "待开发票过多，请先在“发票”中处理已申请的。"
        ),
        "An invoice that was asked for needs you. Press Invoice, then those that are asked for.": (
            "有一张已申请的发票需要处理，请按“发票”，再选“已申请的发票”。"
        ),
        "Ask for an invoice": "申请开票",
        "Those that are asked for": "已申请的发票",
        "Asked for on {day}, and not sent yet": "{day} 已申请，尚未送出",
        "Asked for on {day}; its number is awaited": "{day} 已申请，等待发票号码",
        "Asked for on {day}, and refused: {why}": "{day} 已申请，被退回：{why}",
        "Asked for on {day}; whom it is for was lost": "{day} 已申请，抬头资料已丢失",
        "Asked for on {day}; {number} came, but the sum is another by now": (
            "{day} 已申请，号码 {number} 已开出，但金额已变"
        ),
        "Note its number": "登记发票号码",
        "Ask anew, with another title": "更换抬头重新申请",
        "Withdraw the request": "撤回申请",
        "Ask for this invoice?": "确认申请开票？",
        "The invoice is asked for. Hand over the slip.": "已申请开票，请交付申请单。",
        "Who is the invoice for?": "开给谁？",
        "Name on the invoice": "发票抬头（姓名）",
        "Name of the company, as on its licence": "发票抬头（按营业执照上的名称）",
        "Tax number of the company": "纳税人识别号（税号）",
        "{day}  {sum}  {what}": "{day}  {sum}  {what}",
        "The invoice is asked for anew.": "已重新申请开票。",
        "Is it certain that nobody wrote this invoice, or that it was taken back?": (
            "是否确定此发票未开出，或已红冲？"
        ),
        "Who approves that it is withdrawn?": "由谁批准撤回？",
        "The request is withdrawn. It may be asked for anew.": "已撤回，可重新申请。",
        "Paper balance": "纸质余额转入",
        "Number of the sheet": "纸质单据编号",
        "Sheet": "单据号",
        "What stands on the sheet?": "单据上有什么？",
        "How much stands on the sheet?": "单据上的金额是多少？",
        "How many points?": "多少积分？",
        "Of which count card or service? Key its article number": "哪种次卡或服务？请输入商品编号",
        "How many uses are left?": "还剩多少次？",
        "The last day of use, as 20271231": "最后可用日期，如 20271231",
        "They do not end": "不过期",
        "Take over what stands on the sheet?": "确认转入单据上的余额？",
        "Who signs for the sheet too?": "由谁共同签字？",
        "Taken over. Both sign the slip; keep it with the sheet.": (
            "已转入。请两人在单据上签字，与原单一并保存。"
        ),
        "What about the deposit?": "请选择定金业务",
        "Take a deposit": "收定金",
        "Pick up and settle": "提货结算",
        "Give a deposit back": "退定金",
        "What is it for?": "定金用于什么？",
        "Articles of the shop": "店内商品",
        "An order in words": "文字描述的订单",
        "What was ordered?": "订了什么？",
        "Scan what is ordered": "请扫所订商品",
        "How much is left as a deposit?": "收多少定金？",
        "Price": "原价",
        "Rest at pick-up": "提货时应付",
        "{number}  {name} {price}": "{number}  {name} {price}",
        "The deposit is booked. Hand over the receipt.": "定金已入账，请交付小票。",
        "Which deposit?": "哪一笔定金？",
        "Scan what is picked up": "请扫提取的商品",
        "Settle it with the deposit?": "用定金结算？",
        "Settled. Hand over the goods and the receipt.": "已结算，请交付商品和小票。",
        "Left on {day}": "{day} 所收定金",
        "Give the deposit back?": "确认退还定金？",
        "Who approves that the deposit is given back?": "由谁批准退还定金？",
        "Booked. Give the deposit back, with the receipt.": "已入账，请退还定金并交付小票。",
    }
)
