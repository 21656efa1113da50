"""What screens say to and of the people who work here, in Simplified Chinese. English is the key."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

ZH_HANS: Mapping[str, str] = MappingProxyType(
    {
        "{name} keys the PIN": "请{name}输入密码",
        "Who approves that cash is put in?": "存入现金：由谁批准？",
        "Who approves that cash is taken out?": "取出现金：由谁批准？",
        "Who approves that the drawer is opened?": "开钱箱：由谁批准？",
        "Who approves that the report is read?": "读取报表：由谁批准？",
        "That is not the PIN of this badge. Key it again.": "工牌密码错误，请重新输入。",
        "This badge's PIN was wrong too often. The manager gives a new one: press Staff.": (
            "此工牌密码错误次数过多，请由店长在“员工”中重设。"
        ),
        "This badge has no PIN yet. The manager gives the first one: press Staff.": (
            "此工牌尚无密码，请由店长在“员工”中设置。"
        ),
        "This PIN was given to you. Choose one of your own first: press Staff.": (
            "这是初始密码，请先在“员工”中设置自己的密码。"
        ),
        "That is the PIN of before. Choose another.": "与原密码相同，请另选一个。",
        "A technician sells nothing. Let an attendant scan a badge.": "维修人员不能收银，请店员扫描工牌。",
        "Whose drawer is it? Scan your badge": "谁当班？请扫描工牌",
        "This membership is the attendant's own. Somebody else does that, in another shift.": (
            "这是当班人员本人的会员卡，请由其他人在自己的班次办理。"
        ),
        "This membership is that person's own. Somebody else signs for the sheet.": (
            "这是该员工本人的会员卡，请由其他人签字。"
        ),
        "This sheet was taken over before. Check its number, and ask the manager.": (
            "这张纸单已经录入过，请核对单号并询问店长。"
        ),
        "That takes nothing off what it costs now. Key another, or cancel.": "未低于现价，请重新输入或取消。",
        "Take off": "改价",
        "Who did it": "服务人员",
        "Who did it?": "由谁服务？请选择或扫描工牌",
        "Done by": "服务人员",
        "Another price": "改单价",
        "Percent off": "打折（减百分之几）",
        "Nothing off": "取消改价",
        "Which unit price?": "单价多少？",
        "How many percent off?": "减百分之几？",
        "Why is it taken off?": "为什么优惠？",
        "Who approves that it is taken off?": "改价：由谁批准？",
        "Staff": "员工",
        "What about the staff?": "员工：要做什么？",
        "Choose my own PIN": "设置我的密码",
        "Give somebody a PIN": "为员工设置初始密码",
        "Scan your badge": "请扫描您的工牌",
        "The manager scans the badge": "请店长扫描工牌",
        "Whose PIN is it?": "为谁设置？",
        "Choose a PIN of six digits": "请设置六位数字密码",
        "Key the PIN that is given, six digits": "请输入六位数字的初始密码",
        "The PIN is given. Whoever has it chooses their own now.": (
            "初始密码已设置，请本人立即设置自己的密码。"
        ),
        "Whoever is at the drawer cannot approve it too. Scan another badge.": (
            "当班人员不能自己批准，请扫描另一人的工牌。"
        ),
        "This badge may not approve that. Ask the shift lead or the manager.": (
            "此工牌无权批准，请找班长或店长。"
        ),
    }
)
