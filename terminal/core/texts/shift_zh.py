"""What screens say about the shift and its drawer, in Simplified Chinese. English is the key."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

ZH_HANS: Mapping[str, str] = MappingProxyType(
    {
        "What about the shift?": "班次：要做什么？",
        "Open the shift": "开班",
        "X report": "X 报表",
        "Put cash in": "存入现金",
        "Take cash out": "取出现金",
        "Open the drawer": "开钱箱",
        "Close the shift (Z)": "交班（Z 报表）",
        "Fuel back into the tank": "油品回罐",
        "Which nozzle was tested?": "检测的是哪一把枪？",
        "Which fill was it?": "是哪一笔？",
        "Another: key how much": "其他：输入油量",
        "{litres}, {sum}": "{litres}，{sum}",
        "How much went back into the tank?": "回罐多少？",
        "Who saw it? Scan that badge": "见证人是谁？请扫工牌",
        "It is back in the tank, and no sale?": "确认已回罐，不作销售？",
        "Booked. It stands on the X and Z report.": "已记账，见 X、Z 报表。",
        "Totaliser of nozzle {number}?": "{number} 号枪的泵码是多少？",
        "{count} fills not paid": "{count} 笔加油未付款",
        "Nozzle {number}: {name}": "{number} 号枪：{name}",
        "Who is at the drawer?": "谁当班？",
        "Count the cash in the drawer": "请清点钱箱内的备用金",
        "Count all the cash in the drawer": "请清点钱箱内的全部现金",
        "Note by note": "按面额清点",
        "As one sum": "直接输入总额",
        "How many of {sum}?": "{sum} 有多少张（枚）？",
        "Counted so far": "已点",
        "Counted": "实点",
        "Nothing": "没有",
        "All: {sum}": "全部：{sum}",
        "Left by the shift before": "上一班留下",
        "Open the shift with this cash?": "以此备用金开班？",
        "The shift is open. Close the drawer.": "已开班，请关好钱箱。",
        "So far in this shift. The drawer stays as it is.": "这是本班至今的数字，钱箱不变。",
        "Change from the bank": "银行兑换的零钱",
        "From the safe": "从保险柜取来",
        "Into the safe": "存入保险柜",
        "To the bank": "存入银行",
        "A small purchase": "零星采购",
        "Something else": "其他",
        "Give change": "换零钱",
        "Count the cash": "清点现金",
        "Why is cash put in?": "为什么存入现金？",
        "How much is put in?": "存入多少？",
        "Put it into the drawer?": "确认存入钱箱？",
        "Booked. Put the cash in, with the receipt.": "已记账，请将现金和小票放入钱箱。",
        "Why is cash taken out?": "为什么取出现金？",
        "How much is taken out?": "取出多少？",
        "Take it out of the drawer?": "确认从钱箱取出？",
        "Booked. Take the cash out, and put the receipt in.": "已记账，请取出现金，并将小票放入钱箱。",
        "Why is the drawer opened?": "为什么开钱箱？",
        "Read the X report? That is on record.": "读取 X 报表？此操作会记录在案。",
        "Open the drawer? That is on record.": "打开钱箱？此操作会记录在案。",
        "The drawer is open. Close it when you are done.": "钱箱已打开，用完请关好。",
        "How much stays for the next shift?": "留多少给下一班？",
        "Stays in the drawer": "留在钱箱",
        "Close the shift? It cannot be opened again.": "确认交班？交班后不能恢复。",
        "The shift is closed. {sum} goes into the safe.": "已交班，{sum} 存入保险柜。",
        "Over": "长款",
        "Short": "短款",
        "Cancelled. Nothing was booked.": "已取消，未记账。",
        "No shift is open. Count the drawer and open the shift first.": "尚未开班。请先清点钱箱并开班。",
        "This shift began on an earlier day. Sell on, and close it soon.": (
            "本班次是前一营业日开的。可继续收银，请尽快交班。"
        ),
        "So much does not lie in the drawer. Take less, or count it.": (
            "钱箱内没有这么多现金。请减少金额，或先清点。"
        ),
    }
)
