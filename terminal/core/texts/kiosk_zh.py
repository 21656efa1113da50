"""What the page of the counter says by itself, in Simplified Chinese. English is the key.

It shows words of `flows_zh` too, and is given both.
"""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

ZH_HANS: Mapping[str, str] = MappingProxyType(
    {
        # Always in view
        "Terminal": "终端",
        "Shift": "班次",
        "Attendant": "收银员",
        "Online": "联机",
        "Offline": "脱机",
        "waiting to send": "笔待补传",
        "Language": "语言",
        "Amount": "金额",
        "Training: nothing here is sold, charged or sent.": "培训模式：此处的操作不售货、不扣款、不上传。",
        "Card reader": "读卡器",
        "Scanner": "扫码器",
        "Printer": "打印机",
        "Card rewriter": "卡面改写机",
        "Customer display": "顾客显示屏",
        "Sounds and lights": "声光提示",
        "Voice": "语音播报",
        "Security module": "安全模块",
        "Forecourt controller": "加油机控制器",
        "Ready": "就绪",
        "Starting": "启动中",
        "State unknown": "状态未知",
        "Not connected": "未连接",
        "Held at most": "最多预授权",
        "Scan to become a member": "扫码成为会员",
        "Welcome": "欢迎光临",
        "Not open at the moment": "暂停营业",
        "Not connected to the terminal. Nothing can be touched; trying again.": (
            "与终端的连接已断开，暂不能操作，正在重新连接……"
        ),
        "Not sent. Touch again.": "未发出，请再按一次。",
        # Beside amounts
        "Total": "合计",
        "Amount due": "应收",
        "Balance": "余额",
        "Usable here": "本店可用",
        "Balance as of": "余额截至",
        "Points ending": "即将到期积分",
        "Code": "代码",
        "Receipt": "小票",
        # Where people join on their own phone
        "Become a member": "加入会员",
        "Number plate, if you like": "车牌号（选填）",
        "This is not a number plate.": "这不是车牌号。",
        "Phone number": "手机号",
        "It stays on this phone until the attendant scans it.": "号码只留在这部手机上，由店员扫码读取。",
        "Show the code": "显示二维码",
        "This is not a mobile phone number.": "这不是手机号码。",
        "Show this to the attendant.": "请出示给店员扫码。",
        "Show this in the shop, not at the pumps.": "请到店内出示，加油区不使用手机。",
        "Become a member: in the shop, not at the pumps": "加入会员：请到店内扫码，加油区不使用手机",
        "Another number": "换一个号码",
        # What to do
        "Continue": "确定",
        "Add this amount": "加入此金额",
        "Remove {line}": "删除 {line}",
        "Change {line}": "修改 {line}",
        "Clear": "清除",
        "Delete the last": "删除一位",
        "L": "升",
        "m³": "立方米",
        "Nothing scanned yet": "还没有商品",
        "Card without a name": "不记名卡",
        "Card on the reader": "卡片放在读卡器上",
        "Card on the reader: not ready": "读卡器未就绪",
        "Code at the scanner": "码对准扫码器",
        "Code at the scanner: not ready": "扫码器未就绪",
    }
)
