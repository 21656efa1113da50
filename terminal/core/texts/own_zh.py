"""What the screens say while a member asks of their own data, in Simplified Chinese."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

ZH_HANS: Mapping[str, str] = MappingProxyType(
    {
        "Member's data": "会员资料",
        "Present the member's card, or key their phone": "请出示会员卡，或输入手机号",
        "What does the member ask?": "会员要办理什么？",
        "See what is kept": "查询资料",
        "Correct it": "更正资料",
        "What they agree to": "同意事项",
        "Erase it": "删除资料",
        "A file to take along": "导出文件",
        "Write all that is kept of this member into a file?": "将该会员的全部资料写入文件？",
        "The file is written. Hand over the stick and the slip.": "文件已写好，请交付存储盘和单据。",
        "The file could not be written. Look whether the stick is in, then begin again.": (
            "文件未能写入，请检查存储盘是否插好，再重新办理。"
        ),
        "As it is": "保持不变",
        "Print all that is kept of this member?": "打印本店保存的该会员全部资料？",
        "Hand over the slip: all that is kept stands on it.": "请把单据交给会员本人，资料都在上面。",
        "What is to be corrected?": "更正哪一项？",
        "Key the new phone number": "请输入新手机号",
        "Take it away": "删去此项",
        "Is this so from now on?": "按此更正？",
        "It is corrected. Hand over the slip.": "已更正，请交付单据。",
        "Is that what they agree to, by version {version}?": "会员的意思是这样吗（{version} 版）？",
        "It is noted. Hand over the slip.": "已记录，请交付单据。",
        "Why is it erased?": "为什么删除？",
        "They ask for it": "本人要求",
        "They take back what they agreed to": "撤回同意",
        "It is not theirs, or was a mistake": "误办或非本人",
        "Erase all that is known of this member? Nothing brings it back.": (
            "删除该会员的全部资料？删除后无法恢复。"
        ),
        "Note that all shops erase it? They do once nothing is left at any, and nothing brings it back.": (
            "登记删除申请？待各门店均无余额后一并删除，删除后无法恢复。"
        ),
        "The wish is noted. Hand over the slip.": "删除申请已记下，请交付单据。",
        "Who approves that it is erased?": "删除资料：由谁批准？",
        "It is erased. Hand over the slip.": "已删除，请交付单据。",
        "Another member has this phone. Make the two one under Cards, or key another phone.": (
            "此手机号是另一位会员的。请在“会员卡”中合并，或输入别的手机号。"
        ),
        "They have not agreed that notes about health are kept. Ask that first.": (
            "会员未同意保存健康信息，请先征得同意。"
        ),
        "That is what is kept already. Nothing was changed.": "与现有资料相同，未作更改。",
        "This card has no name: nothing is kept of anybody.": "此卡不记名，没有个人资料。",
        "What they said is kept by the shop where they joined. Send the member there.": (
            "资料由入会的门店保存，请会员到该店办理。"
        ),
        "A member is found by phone. Key another in its place.": "会员凭手机号查找，请输入新的手机号。",
    }
)
