"""What the menu says in the language of the shop. English is the key, and stands where a console is poor."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

from terminal.maintenance.menu import refusals_zh, sentences_zh
from terminal.maintenance.sentences import CHINESE, Sentences, Words

_POOR = frozenset({"", "dumb", "linux", "vt100", "vt102", "vt220", "ansi"})
"""Consoles that draw no Chinese, by TERM: the kernel's own and what a serial line stands for."""


def spoken(language: str, terminal: str, encoding: str) -> str:
    """What is spoken there.

    `language`: the shop's, BCP 47. `terminal`, `encoding`: of the console, as TERM and the locale say.
    """
    able = encoding.lower().replace("-", "") == "utf8" and terminal not in _POOR
    return language if able and language in CHINESE else "en"


def words_of(language: str) -> Words:
    """`language`: as `spoken` said it."""
    return (
        Sentences(language, {**refusals_zh.ZH, **sentences_zh.ZH, **ZH}).in_chinese
        if language in CHINESE
        else str
    )


def words_for(language: str, terminal: str, encoding: str) -> Words:
    return words_of(spoken(language, terminal, encoding))


ZH: Mapping[str, str] = MappingProxyType(
    {
        "Maintenance": "维护",
        "Number or arrows and Enter; Esc: back": "数字，或方向键加回车；Esc：返回",
        "Arrows: more of it; Enter or Esc: back": "方向键：翻看；回车或 Esc：返回",
        "Enter: do it; Esc: back": "回车：执行；Esc：返回",
        "Enter: next, then go on; Esc: back": "回车：下一项，最后一项后继续；Esc：返回",
        "It goes on showing; Esc: back": "持续显示；Esc：返回",
        "One moment ...": "请稍候……",
        "Stopped. Look whether it was done.": "已停止等待，请查看是否已完成。",
        "NOT DONE, or not well:": "未完成，或有问题：",
        "It said nothing.": "没有返回内容。",
        "There is none.": "没有。",
        "The terminal does not run, so nobody can key a PIN.": "终端未运行，无法验证密码。",
        "From here you can look, start it (0, then 1), and restore a backup (7).": (
            "此时可以查看，可以启动终端（0，再按 1），也可以恢复备份（7）。"
        ),
        "So nobody can key a PIN. From here you can look, and start it anew (0, then 1).": (
            "因此无法验证密码。此时可以查看，可以重新启动终端（0，再按 1）。"
        ),
        "To restore a backup, stop it first: sudo systemctl stop terminal; then 7, 3.": (
            "要恢复备份，请先停止：sudo systemctl stop terminal；然后按 7，再按 3。"
        ),
        "Or as root, which is in no journal:": "或用 root 执行（不入流水）：",
        "Your id": "您的编号",
        "Your PIN": "您的密码",
        "Who approves it (empty: nobody)": "授权人编号（可空）",
        "Their PIN": "授权人密码",
        "Status": "状态",
        "Everything at one look": "一览",
        "Print it": "打印",
        "Counters": "计数",
        "Devices": "设备",
        "What they say, live": "实时原始输入",
        "Test: read a card": "测试：读卡",
        "Test: scan a code": "测试：扫码",
        "Test: print": "测试：打印",
        "Test: drawer": "测试：钱箱",
        "Test: lamps and buzzer": "测试：指示灯和蜂鸣器",
        "Test: serial port with its lines joined": "测试：串口自环",
        "Port": "串口",
        "silent and dark": "静音，熄灯",
        "Network and clock": "网络和时钟",
        "Reach headquarters, step by step": "逐步测试到总部的连接",
        "Addresses of this machine": "本机地址",
        "Clock": "时钟",
        "Take the network's time": "使用网络时间",
        "Set the clock by hand": "手动设置时钟",
        "As 2026-11-27 14:05:00": "格式如 2026-11-27 14:05:00",
        "Mobile network (4G)": "移动网络（4G）",
        "Set the APN": "设置 APN",
        "APN, as the provider says": "APN，按运营商提供",
        "User (or empty)": "用户名（可空）",
        "Password (or empty)": "密码（可空）",
        "Sync": "同步",
        "What waits": "待上传",
        "Send now": "立即上传",
        "Entries in quarantine": "被隔离的记录",
        "Send those again": "重新上传这些记录",
        "Give one up": "放弃一条",
        "Number of the entry": "记录号",
        "Join headquarters": "加入总部",
        "Code that headquarters printed": "总部打印的代码",
        "Address (or empty)": "地址（可空）",
        "Shift": "班次",
        "X report": "X 报表",
        "Z: close the shift": "Z 报表 · 交班",
        "Counted, in yuan": "清点金额（元）",
        "Of it stays in the drawer": "其中留在钱箱",
        "Totaliser of nozzle {}": "{0} 号枪泵码",
        "Settings and staff": "设置和员工",
        "Put back the settings before the last change": "恢复上次修改前的设置",
        "Change a setting": "修改设置",
        "Add a setting": "增加设置",
        "Name, as counter.notice_s": "名称，如 counter.notice_s",
        "Value, as the file has it": "值，按文件中的写法",
        "Who works here": "员工",
        "Give somebody a PIN": "发放密码",
        "Id of who works here": "员工编号",
        "Data": "数据",
        "Verify the ledger": "校验账本",
        "Back up": "备份",
        "Folder": "文件夹",
        "Restore a backup (while the terminal does not run)": "恢复备份（终端停止时）",
        "Backup, or their folder": "备份，或其所在文件夹",
        "Export days as CSV": "按日导出 CSV",
        "New file": "新文件",
        "First day, as 2026-11-27": "起始日，如 2026-11-27",
        "Last day": "截止日",
        "End coupons of a kind": "批量作废优惠券",
        "Cancel cards by number": "按卡号批量注销",
        "First and last number, as PT0001-PT0100": "首末卡号，如 PT0001-PT0100",
        "Take the secret for the owner's safe": "取出密钥，存入店主保险柜",
        "Put that secret back (while the terminal does not run)": "放回密钥（终端停止时）",
        "Its file (empty: key the code)": "密钥文件（空：输入代码）",
        "Its code, scanned or line after line": "代码，扫码或逐行连续输入",
        "Folder on another stick (empty: print it)": "另一 U 盘的文件夹（空：打印）",
        "Kind": "种类",
        "Why (is kept)": "原因（会保存）",
        "The manager's id": "店长编号",
        "The manager's PIN": "店长密码",
        "Training": "培训",
        "Begin, or end it": "开始或结束",
        "Logs": "日志",
        "Last lines": "最近的行",
        "Lines with a word": "按关键词筛选",
        "Word, such as printer": "关键词，如 printer",
        "Bundle for support": "支持包",
        "System": "系统",
        "Restart the terminal": "重启终端程序",
        "Restart the screen": "重启屏幕",
        "Versions": "版本",
        "Releases": "已装版本",
        "Update from a bundle": "用升级包升级",
        "Back to the release before": "退回上一版本",
        "The bundle's file": "升级包文件",
    }
)
