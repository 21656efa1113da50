"""What the screens say while somebody joins at the counter, in Simplified Chinese."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

ZH_HANS: Mapping[str, str] = MappingProxyType(
    {
        "New member": "办理入会",
        "Scan the newcomer's code, or key the phone number": "请扫顾客的入会码，或输入手机号",
        "{name} is a member already. Nothing was changed.": "{name} 已是会员，未作更改。",
        "Who won this member?": "由谁发展的会员？",
        "May the shop send offers?": "是否同意接收本店优惠信息？",
        "May partners of the shop send offers?": "是否同意接收合作方优惠信息？",
        "May the shop keep what they say about their health?": "是否同意本店保存其健康信息？",
        "Agree to offers": "同意接收优惠",
        "Without offers": "不接收优惠",
        "Agree to partners' offers": "同意接收合作方优惠",
        "Without partners' offers": "不接收合作方优惠",
        "Agree to notes about health": "同意保存健康信息",
        "Without notes about health": "不保存健康信息",
        "Agree: {name}": "同意：{name}",
        "Without: {name}": "不同意：{name}",
        "Yes": "同意",
        "No": "不同意",
        "Leave it out": "跳过",
        "The member's name": "会员姓名",
        "By which calendar is the birthday kept?": "生日按哪种历法？",
        "By the sun": "公历",
        "By the moon": "农历",
        "By the moon, in a leap month": "农历闰月",
        "Birthday: year, month and day in eight digits": "生日：年月日八位数字",
        "Number plate": "车牌号",
        "Make and model of the car": "车辆品牌型号",
        "Which document do they show?": "出示哪种证件？",
        "Identity card": "居民身份证",
        "Passport": "护照",
        "Permit to travel or stay": "通行证或居留证",
        "Number of the document": "证件号码",
        "The birthday in the document, in eight digits": "证件上的出生日期，八位数字",
        "Hair: what the next stylist should know": "发质及美发须知",
        "What they like, and what they never eat": "口味与忌口",
        "Which room they like": "房间偏好",
        "Skin: what the next treatment must heed": "皮肤状况及护理须知",
        "Allergies": "过敏史",
        "Profile": "会员档案",
        "What about this member?": "要做什么？",
        "Write down what was done": "登记服务记录",
        "What was done before": "查看服务记录",
        "Correct what was written": "更正服务记录",
        "Tags": "标签",
        "Who serves them": "专属服务人员",
        "Who serves them?": "由谁服务？",
        "One of us": "指定一人",
        "Anybody": "不指定",
        "What was done?": "做了什么项目？",
        "Something else": "其他项目",
        "What else was done?": "还做了什么？",
        "That is all": "没有了",
        "That is all.": "没有更多了。",
        "Who did it?": "由谁做的？",
        "A product that was used, and how much of it": "所用产品及用量",
        "What the next one should know": "下次注意事项",
        "Write it down like this?": "是否这样登记？",
        "It is written down.": "已登记。",
        "It is noted.": "已保存。",
        "Show the visit before?": "查看上一次？",
        "Which visit?": "更正哪一次？",
        "{day}: {name}": "{day}：{name}",
        "Day": "日期",
        "Done": "项目",
        "By": "服务人员",
        "Used": "产品用量",
        "To know": "注意事项",
        "Take them away": "清除标签",
        "Done on {day}: {done}, by {name}": "{day} 做过：{done}（{name}）",
        "Nothing is written down of what was done for this member.": "该会员还没有服务记录。",
        "Tags, with commas between them": "标签，用逗号隔开",
        "Who serves them: the number of that person": "由谁服务：员工编号",
        "Those tags cannot be used. Key at most 8, of 12 letters or digits each, with commas between them.": (
            "标签无效，最多 8 个，每个最多 12 个字，用逗号隔开。"
        ),
        "Nobody who works here is called so. Choose a name.": "本店没有这名员工，请选择姓名。",
        "Present the card that is handed out": "请刷要发给会员的卡",
        "Without a card": "不发卡",
        "Which member brought them? Present the card, or key the phone number": (
            "由哪位会员推荐？请刷推荐人的卡或输入手机号"
        ),
        "Nobody brought them": "无人推荐",
        "Brought by": "推荐人",
        "This member works here and earns nothing for whom they bring. Leave it out.": (
            "推荐人是本店员工，不得推荐奖励，请不填推荐人。"
        ),
        "Only a member with a name earns for whom they bring. Ask for their phone, or leave it out.": (
            "只有记名会员可得推荐奖励，请询问其手机号，或不填推荐人。"
        ),
        "Without a PIN": "不设密码",
        "Phone": "手机号",
        "Name": "姓名",
        "Card": "卡号",
        "Does the member accept the terms, version {version}?": "会员是否接受章程（{version} 版）？",
        "A new member. Hand over the card and the slip.": "新会员已入会，请交付卡片和单据。",
        "They were a member before: no gifts for joining": "曾是会员：不再赠送入会礼",
        "A new member. Hand over the slip.": "新会员已入会，请交付单据。",
        "That is no name. Key it as the member writes it, at most 40 characters.": (
            "姓名无效，请按会员写法输入，最多 40 个字。"
        ),
        "There is no such day. Key it like 19900830.": "没有这一天，请按 19900830 的格式输入。",
        "No count card and no service has that number. Key it as the catalogue has it.": (
            "没有该编号的次卡或服务，请按商品目录中的编号输入。"
        ),
        "That count card is on the list already. Begin again, and key all its uses at once.": (
            "该次卡已在清单中。请重新开始，一次输入全部次数。"
        ),
        "That is no number plate. Key all its 7 or 8 characters.": "车牌号无效，请完整输入 7 或 8 位。",
        "That number cannot be right. Read it from the document once more.": (
            "证件号码有误，请核对证件后重新输入。"
        ),
        "That is empty or too long. Key at most 60 characters.": "内容为空或过长，最多 60 个字。",
        "They are under 18. The law lets nobody of that age join here.": "未满 18 岁，依法不得办理。",
        "Somebody has this card already. Take another one.": "此卡已有人使用，请换一张。",
    }
)
