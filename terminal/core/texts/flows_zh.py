"""What the screens say, in Simplified Chinese (glossary: the shop's own words)."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

_SCREENS = {
    "{name}": "{name}",
    "{name} x {quantity}": "{name} × {quantity}",
    "What shall it be?": "请选择业务",
    "Sale": "消费",
    "Recharge": "充值",
    "Fuel and join": "加油入会",
    "Release a nozzle": "授权加油",
    "Stop a nozzle": "停枪",
    "Which nozzle is stopped?": "停哪一支油枪？",
    "Nozzle {number} is stopped. What flowed is charged.": "{number} 号枪已停，按已加的油量收费。",
    "Nozzle {number} is stopped. It is paid under Fuel and join.": "{number} 号枪已停，在“加油入会”里收款。",
    "Nozzle {number} is stopped. Nothing flowed.": "{number} 号枪已停，没有出油。",
    "Nothing flows, and no nozzle is released.": "现在没有油枪在加油，也没有已授权的油枪。",
    "Which nozzle?": "哪一支油枪？",
    "Nozzle {number}: {name}, {price}": "{number} 号枪：{name}，{price}",
    "Nozzle {number}: {litres}, {sum}": "{number} 号枪：{litres}，{sum}",
    "How much fuel?": "加多少油？",
    "Full tank": "加满",
    "For a sum": "按金额",
    "So many litres": "按升数",
    "For how much?": "加多少钱？",
    "How many litres?": "加多少升？",
    "How many kilograms?": "加多少公斤？",
    "How many cubic metres?": "加多少立方米？",
    "So many kilograms": "按公斤数",
    "So many cubic metres": "按立方米数",
    "Company": "单位",
    "How much?": "多少金额？",
    "Which company?": "哪家单位？",
    "What about the company's account?": "单位账户办什么？",
    "It pays ahead": "预存",
    "It is given credit": "授信",
    "It pays what it owes": "还欠款",
    "Give the company this credit?": "给单位这笔授信？",
    "Who approves it?": "谁批准？",
    "Can be used here": "本站可用",
    "Owed here": "本站欠款",
    "Booked. The company's cards may take it now.": "已入账，单位卡现在可用。",
    "Company account": "单位账户",
    "Paid by the company. Hand over the receipt.": "单位账户已付款，请交给司机小票。",
    "This card is not for that fuel. Do not fill; ask for another way to pay.": (
        "此卡不能加该油品。请勿加油，或换其他付款方式。"
    ),
    "This card may take no more today. Ask for another way to pay.": "此卡今日额度已用完，请换其他付款方式。",
    "Fuel was paid ahead. Is it used?": "有预付油量，使用吗？",
    "{litres} paid ahead": "预付油量 {litres}",
    "A litre": "每升",
    "A kilogram": "每公斤",
    "A cubic metre": "每立方米",
    "Paid afterwards": "加完再付",
    "Too little is on this card. How does it go on?": "卡内余额不足，怎么办？",
    "{name}, from {sum}": "{name}（满 {sum}）",
    "Without a coupon": "不用券",
    "Less: {sum} can be used": "少加一些（可用 {sum}）",
    "Less": "少加一些",
    "Another card": "换一张卡",
    "Usually they take {grade}": "平时加 {grade} 号",
    "Usually they take {name}": "平时加{name}",
    "Release nozzle {number}, grade {grade}?": "确认授权 {number} 号枪，{grade} 号油？",
    "Release nozzle {number}, {name}?": "确认授权 {number} 号枪，{name}？",
    "Released. It is paid afterwards, under Fuel and join.": "已授权。加完后在“加油入会”中付款。",
    "Released. What flows is settled by itself.": "已授权。加完后自动结算。",
    "Confirm": "确认",
    "Cancel": "取消",
    "OK": "知道了",
    "That is all": "结算",
    "Nothing else": "就这些",
    "Next customer": "下一位",
    "Reprint": "重打印",
    "Without it": "跳过",
    "Paid ahead": "用预付的",
    "Cash, exactly what is due": "现金，正好",
    "Point": "小数点",
    "Erase a digit": "删一位",
    "Erase all digits": "全部清除",
    "This number takes no more digits. Erase, or confirm it.": "位数已满。请删除或确认。",
    "No digit was scanned yet. Nothing was erased.": "还没有扫数字，没有可删的。",
    "This command sheet is not good here any more. Use the new one, or ask the technician for it.": (
        "此指令卡已失效，请使用新卡，或联系维修人员。"
    ),
    "Declined": "未通过",
    "Paid": "已付",
    "Card or code, please": "请出示卡或会员码",
    "Cancelled. Nothing was charged.": "已取消，未扣款。",
    "Printing the last receipt again, marked as a duplicate.": "正在重打上一张小票，票面标注“重打印”。",
    "Reading the card. Leave it there.": "正在读卡，请勿移开。",
    "Booking. Do not remove the card.": "正在记账，请勿移开卡片。",
    "Looking it up": "正在核对",
    "Booked, but something failed": "已记账，但终端出错",
    "This was booked as {number}. Do not charge again; print it with Reprint.": (
        "本笔已记账，单号 {number}。请勿重复收款，小票请用“重打印”。"
    ),
    "A card lies on the reader. Lift it, then present it again.": "读卡器上有卡，请拿起后重新刷卡。",
    "{left} of {name} left. Tell the manager.": "{name} 只剩 {left}，请告诉店长。",
    "Card presented: {number}": "已刷卡：{number}",
    "regular": "普通",
    "silver": "银卡",
    "gold": "金卡",
    "VIP": "贵宾",
}

_FLOWS = {
    "Scan the goods, or key an amount": "请扫商品，或输入金额",
    "Present the member card or code": "请刷会员卡，或扫会员码",
    "No card": "无卡",
    "How is it paid?": "请选择付款方式",
    "Stored value": "储值支付",
    "Cash": "现金",
    "Outside code payment": "扫码收款",
    "How much cash was given?": "收到多少现金？",
    "Exactly {sum}": "正好 {sum}",
    "Charge the card?": "确认从卡内扣款？",
    "Charge the company?": "确认记入单位账户？",
    "Charge the company, take the cash, give {change} back?": "确认记入单位账户并收现金，找零 {change}？",
    "Take the cash, give {change} back?": "确认收款，找零 {change}？",
    "Has the outside payment arrived?": "这笔款项是否已到账？",
    "Paid. Hand over the goods and the receipt.": "收款完成，请交付商品和小票。",
    "Present the card to recharge": "请刷要充值的卡",
    "This card is not known here. Issue it without a name?": "本店没有这张卡，是否发为不记名卡？",
    "How much is recharged?": "充值多少？",
    "At most": "最多",
    "Find": "查找",
    "Park": "挂单",
    "People: {count}": "同行 {count} 人",
    "How many came together?": "同行几人？",
    "A friend comes for the first time": "带新朋友",
    "Without a new friend": "取消带新朋友",
    "Parked at {time}: {sum}": "挂单 {time} {sum}",
    "Weight": "重量",
    "Tare": "皮重",
    "Up to now": "目前",
    "Which article?": "哪种商品？",
    "{name} {price}": "{name} {price}",
    "How much does {name} weigh?": "{name} 称重多少（含皮）？",
    "How much does the bag of {name} weigh?": "{name} 的皮重是多少？",
    "Nothing is due. Hand over the goods?": "无需付款，是否交付商品？",
    "Who pays?": "由谁付款？",
    "A person": "个人",
    "A company": "单位",
    "Bank card": "银行卡",
    "Bank transfer": "银行转账",
    "Is the transfer on the shop's account?": "转账款是否已到本店账户？",
    "Did the bank's terminal take it?": "银行 POS 机是否已收款？",
    "Recharged. Hand over the card and the receipt.": "充值完成，请交还卡片和小票。",
    "Scan your badge": "请扫您的工牌",
    "PIN": "密码",
    "Training": "培训模式",
    "More": "更多",
    "Back": "返回",
    "A nozzle is released. Training begins once its fill is over.": (
        "有油枪已授权，请等这笔加油结束后再开始培训。"
    ),
    "Begin training? Nothing that is done in it is sold, charged or sent.": (
        "进入培训模式？其中的操作不售货、不扣款、不上传。"
    ),
    "End training? From then on everything is real again.": "退出培训模式？退出后一切业务都是真实的。",
    "One moment: the counter is changed over.": "请稍候，正在切换。",
    "The member keys the PIN": "请会员输入密码",
    "Tries left": "剩余次数",
    "Forgotten": "忘记密码",
    "Choose a PIN": "设置密码",
    "Present the card whose PIN is chosen, or key the phone": "请刷要设置密码的卡，或输入手机号",
    "The member keys the PIN of before": "请会员输入原密码",
    "Scan your badge: you vouch for the member": "请扫您的工牌：由您确认会员身份",
    "The member chooses a PIN of six digits": "请会员设置六位数字密码",
    "The same PIN once more": "请再次输入同一密码",
    "The PIN is chosen.": "密码已设置。",
    "Scan the driver's code or card, or key the phone number": "请扫司机的入会码、出示会员卡，或输入手机号",
    "The driver's card, or key the phone number. By phone: in the shop": (
        "请出示会员卡，或输入手机号；手机扫码请到店内"
    ),
    "Present the member card": "请出示会员卡",
    "No phones at the pumps. Take the card or key the number; by phone they join in the shop, New member.": (
        "加油区不使用手机。请刷会员卡或输入手机号；扫码入会请到店内办理（新会员）。"
    ),
    "Without joining": "不入会",
    "Who pays becomes a member, by the terms": "付款即入会，按章程版本",
    "Welcome back, {name}. Grade and litres?": "欢迎回来，{name}。请选油品、输升数",
    "A new member. Grade and litres?": "新会员。请选油品、输升数",
    "Grade and litres?": "请选油品、输升数",
    "Welcome back, {name}. Grade and kilograms?": "欢迎回来，{name}。请选品种、输公斤数",
    "A new member. Grade and kilograms?": "新会员。请选品种、输公斤数",
    "Grade and kilograms?": "请选品种、输公斤数",
    "Welcome back, {name}. Grade and cubic metres?": "欢迎回来，{name}。请选品种、输立方米数",
    "A new member. Grade and cubic metres?": "新会员。请选品种、输立方米数",
    "Grade and cubic metres?": "请选品种、输立方米数",
    "Welcome back, {name}. Grade and quantity?": "欢迎回来，{name}。请选品种、输数量",
    "A new member. Grade and quantity?": "新会员。请选品种、输数量",
    "Grade and quantity?": "请选品种、输数量",
    "Paid, and a new member. Hand over the receipt with the coupons.": (
        "收款完成，新会员已入会，请交付小票（含优惠券）。"
    ),
    "Paid, and a member again, without gifts for joining. Hand over the receipt.": (
        "收款完成，已重新入会（不再赠送入会礼），请交付小票。"
    ),
    "Paid. The sale went to the membership. Hand over the receipt.": "收款完成，已记入会员账户，请交付小票。",
    "Paid. Hand over the receipt.": "收款完成，请交付小票。",
}

_LINES = {
    "Payer": "付款方",
    "Principal": "本金",
    "Bonus": "赠送金",
    "Received": "实收",
    "Change": "找零",
    "Cash rounding": "抹零",
    "Balance after": "交易后余额",
    "Beyond what is held here": "超出本店可用额",
    "Goods points": "商品积分",
    "Petrol points": "汽油积分",
    "Diesel points": "柴油积分",
    "Gas points": "燃气积分",
    "Points": "积分",
    "Coupons": "优惠券",
    "Number": "单号",
}

_FAULTS = {
    "The terminal has a fault. Call the technician.": "终端故障，请联系技术人员。",
    "That is not permitted here.": "本店不允许此操作。",
    "That amount cannot be used. Key it again.": "金额无效，请重新输入。",
    "A second person must approve this. Ask the shift lead.": "需要第二人批准，请找值班主管。",
    "Part of this recharge lies elsewhere. Fetch it online, or agree on a sum within what lies here.": (
        "这笔充值有一部分在别处。请先联网取回，或与会员商定不超过本店余额的金额。"
    ),
    "Too much lies there at once. Use up some of it first, a part at a time.": (
        "内容太多，无法一次完成。请先分次用掉其中一部分。"
    ),
    "Names and phones cannot be kept now. Sell on, but let nobody join; call the technician.": (
        "暂时无法保存姓名和电话，可继续销售，但不要办理入会，请联系技术员。"
    ),
    "That is above what is allowed. Take less.": "超出限额，请减少金额。",
    "This card is not known here. Ask for the phone number, or take cash.": (
        "本店没有这张卡。请询问手机号，或收现金。"
    ),
    "This card is blocked. Ask the member to see the manager.": "此卡已停用，请会员联系店长。",
    "This membership is becoming one with another. Do it again some minutes later.": (
        "此会员正在与另一会员合并，请过几分钟再办理。"
    ),
    "Other shops may hold value of this card. Headquarters cancels it.": (
        "其他门店可能有此卡的余额，请由总部注销。"
    ),
    "This card was reported lost. Keep it, and call the manager.": "此卡已挂失。请留下卡片，并联系店长。",
    "Another card took this one's place, or it was cancelled. Keep it, and call the manager.": (
        "此卡已补卡或注销。请留下卡片，并联系店长。"
    ),
    "This card has expired. Its value stays: press Cards, and renew it or give a new one.": (
        "此卡已过期，余额不变。请按“会员卡”办理续期或换卡。"
    ),
    "This code was not made by headquarters. Take no value from it; call the manager.": (
        "此码并非总部签发。请勿从中扣款，并通知店长。"
    ),
    "This code is too old. Ask the member to show a new one.": "此码已过期，请会员刷新后重新出示。",
    "This code was used already. Ask the member to show a new one.": "此码已使用过，请会员刷新后重新出示。",
    "A code on a phone cannot be handed out. Present a card, or a printed code.": (
        "手机上的会员码不能当卡发放，请出示卡片或印制的会员码。"
    ),
    "That is a bank card. It is not read here: use the bank's terminal.": (
        "这是银行卡，本机不读取。请使用银行 POS 机。"
    ),
    "A phone number pays only with the PIN.": "仅凭手机号支付，须输入密码。",
    "Lost cards were not heard of for a day: this card pays only with the PIN.": (
        "挂失名单已超过一天未更新，此卡须输入密码才能支付。"
    ),
    "Above what is paid without the PIN today.": "已超过今日免密额度，请输入密码。",
    "That is not the PIN. Let the member key it again.": "密码错误，请会员重新输入。",
    "A PIN has 4 to 12 digits. Key it again.": "密码为 4 至 12 位数字，请重新输入。",
    "The PIN was wrong too often. Take cash; the member may choose a new one.": (
        "密码错误次数过多。请收现金；会员可重新设置密码。"
    ),
    "This needs a PIN, and none is known here. Let the member choose one (button PIN), or take cash.": (
        "此操作须凭密码，本店没有其密码。请会员先设置密码（按“密码”），消费也可改收现金。"
    ),
    "A PIN has six digits, not all the same and not in a row. Choose another.": (
        "密码为六位数字，不能全部相同或连续，请重新选择。"
    ),
    "The two were not the same. Choose again.": "两次输入不一致，请重新设置。",
    "Not enough value on the card. Take cash, or recharge first.": "卡内余额不足，请收现金或先充值。",
    "That quantity cannot be used. Key the pieces, or the kilograms, again.": (
        "数量无效，请重新输入件数或公斤数。"
    ),
    "Too many sales are parked. Finish one of them first.": "挂单太多，请先结一单。",
    "The article list cannot be read. Key the price, and call the technician.": (
        "商品资料读不出来，请直接输入价格，并联系技术人员。"
    ),
    "No article is called so. Key other letters, or its code.": "没有这种商品，请换个字母或输入编码。",
    "So much needs a card with a name. Let them join first, or take less.": (
        "此金额须用记名卡。请先为顾客办理入会，或减少金额。"
    ),
    "The code could not be read. Scan it again.": "条码无法识别，请重新扫码。",
    "This article is not in the catalogue. Key its price, or leave it out.": (
        "商品库中没有此商品。请输入价格，或不售此件。"
    ),
    "It is theirs already, by this phone. Key the phone of whoever gets it.": (
        "这是持有人自己的手机号。请输入受让人的手机号。"
    ),
    "This phone or card is a member's already. Nothing was booked: begin again.": (
        "该手机号或卡已属于会员，本笔未入账，请重新办理。"
    ),
    "The sale has too many articles. Finish it, then begin another.": "商品过多，请先结算本单，再开新单。",
    "This article is sold by weight or litre. Key its amount.": "此商品按重量或升数出售，请输入金额。",
    "This badge is not known here. Scan a badge of this shop.": "工牌无效，请扫本店工牌。",
    "That is not a mobile phone number. Key its 11 digits again.": "手机号无效，请重新输入 11 位号码。",
    "Those litres cannot be used. Key them as the pump shows them.": "升数无效，请按加油机显示输入。",
    "That is less than the amount due. Count the money again.": "实收少于应收，请重新点数。",
    "This coupon cannot be used here. Take it out of the sale.": "此优惠券不能在此使用，请从本单移除。",
    "Another shop holds this now. Try again online, or send the member there.": (
        "该额度现由其他门店持有。请待网络恢复后再试，或请会员到该店办理。"
    ),
    "A record of the pump is not clear. Note nozzle, litres, amount; call the shift lead.": (
        "加油机有一笔记录不清，请记下枪号、升数和金额，报告班长。"
    ),
    "A fill has come meanwhile. Touch it; key how much only of another.": (
        "刚有一笔加油记录。请点选它；确是另一笔才输入数量。"
    ),
    "A fill is not paid yet. Take the money under Fuel and join.": (
        "有一笔加油还没付款，在“加油入会”里收款。"
    ),
    "Grade {grade} at {price} at most": "油品 {grade}，锁价 {price}",
    "One fill stands on a receipt. Sell the other by itself, under Fuel and join.": (
        "一张小票只能有一笔加油，另一笔请在“加油入会”里单独收款。"
    ),
    "This shift is closed. Open a new shift first.": "本班次已交班，请先开新班次。",
    "Value is left, or the law keeps the records. Pay it out first; the wish stays noted.": (
        "账户仍有余额，或依法须保留记录。请先退还余额；删除请求已记下。"
    ),
    "The wish is noted. Headquarters has it done once nothing is left at any shop.": (
        "删除请求已记下。待各门店均无余额后，由总部办理。"
    ),
    "The dispensers' controller does not answer. Fill at the dispenser, and key the litres here.": (
        "加油机控制器没有应答。请在加油机上加油，并在此输入升数。"
    ),
    "That nozzle is in use, or its last fill is not paid yet. Nothing was charged.": (
        "该油枪正在使用，或上一笔尚未付款。未扣款。"
    ),
    "The dispenser shows another price. Wait until it shows the station's, then begin again.": (
        "加油机显示的是另一个价格。请等它显示油站的价格，再重新开始。"
    ),
    "The dispenser did not take that. Choose another nozzle, or fill less. Nothing was charged.": (
        "加油机未接受。请换一支油枪，或减少加油量。未扣款。"
    ),
    "Nobody knows whether the nozzle was released. Look at the dispenser; it settles itself.": (
        "油枪是否已授权尚不确定。请看加油机，系统会自动结算。"
    ),
    "No more codes or bank cards for this fill. Take it in another way, and tell the manager.": (
        "该笔加油用付款码或银行卡付款失败次数过多。请改用其他方式收款，并告诉站长。"
    ),
    "That payment was ended before. Start again.": "该笔付款此前已终止，请重新开始。",
    "That is not asked for now. Do what the screen says, then show it again.": (
        "现在不需要这个。请先按屏幕提示操作，之后再出示。"
    ),
    "These goods come to nothing. Key their price, or cancel.": "商品合计为零。请输入价格，或取消。",
    "The card was taken away too early. Present it again.": "卡片移开过早，请重新刷卡。",
    "Another card was presented. Nothing was charged. Start again with one card.": (
        "中途刷了另一张卡，未扣款。请只用一张卡重新开始。"
    ),
    "The card was taken away. Nothing was charged. Start again and leave it there.": (
        "卡片已被拿走，未扣款。请重新开始，并将卡留在读卡器上。"
    ),
    "This card did not prove that it is genuine. Take no value from it; call the manager.": (
        "此卡未能证明是真卡。请勿从中扣款，并通知店长。"
    ),
    "This card's answer was used before. Present it again; if it stays so, call the manager.": (
        "此卡的应答曾被使用。请重新刷卡；若仍如此，请通知店长。"
    ),
    "The card reader sends noise. Check its cable and what stands near it.": (
        "读卡器信号有干扰。请检查连线和周围的设备。"
    ),
    "The terminal's case was opened. Sell on, and call the technician.": (
        "终端机箱曾被打开，可继续收银，请通知维护人员。"
    ),
    "The card's face was not printed anew. The sale stands; the receipt says what is on it.": (
        "卡面未更新。交易有效，余额以小票为准。"
    ),
    "A device is not connected. Check its cable.": "设备未连接，请检查连线。",
    "The receipt did not print. The sale stands; press Reprint.": "小票未打印，交易有效。请按“重打印”。",
    "Paper is out. Change the roll, then press Reprint.": "缺纸。请换纸卷，再按“重打印”。",
    "The printer's cover is open. Close it, then press Reprint.": "打印机盖未关。请关好，再按“重打印”。",
    "The printer does not answer. Check its power and cable, then press Reprint.": (
        "打印机无应答。请检查电源和连线，再按“重打印”。"
    ),
    "Selling pauses while the records of this shop are joined with headquarters'. Wait.": (
        "正在与总部核对并合并本店记录，暂停营业，请稍候。"
    ),
    "The shop's cloud refuses some entries. Sell on, and tell the technician.": (
        "店铺云端拒收部分记录。可继续营业，请告知技术人员。"
    ),
    "Another terminal sells for this shop now. Do not sell here; call the technician.": (
        "本店现由另一台终端营业。本机请勿收款，并联系技术人员。"
    ),
    "It is not certain whether this was booked. Wait: the terminal is looking it up.": (
        "尚不确定是否已记账，终端正在核对，请稍候。"
    ),
    "It is not certain whether this was booked. Do not charge again; call the technician.": (
        "无法确定是否已记账。请勿重复收款，并联系技术人员。"
    ),
    "This was already booked as something else. Start again.": "此编号已用于另一笔交易，请重新开始。",
    "The terminal cannot book now. Do not sell; call the technician.": (
        "终端暂时无法记账。请停止销售，并联系技术人员。"
    ),
    "The ledger is damaged. Do not sell; call the technician.": "账本已损坏。请停止销售，并联系技术人员。",
    "The storage is full. Do not sell; call the technician. Selling goes on once there is room.": (
        "存储空间已满。请停止销售，并联系技术人员。腾出空间后会自动恢复销售。"
    ),
    "The storage cannot be written to. Do not sell; call the technician.": (
        "存储设备无法写入。请停止销售，并联系技术人员。"
    ),
    "The storage fails. Do not sell; call the technician. The terminal keeps trying.": (
        "存储设备出现故障。请停止销售，并联系技术人员。本机会不断重试。"
    ),
    "Nothing can be booked now": "现在不能记账",
    "For the technician: {why}": "致技术人员：{why}",
    "The second copy cannot be written. Do not sell; check its stick, call the technician.": (
        "第二份账本副本无法写入。请停止销售，检查 U 盘，并联系技术人员。"
    ),
    "The second copy of the journal is not written. Sell on, and call the technician.": (
        "第二份账本副本没有写入。可继续销售，请联系技术人员。"
    ),
    "The ledger needs a newer program than this. Do not sell; call the technician.": (
        "账本需要更新版本的程序。请停止销售，并联系技术人员。"
    ),
}

ZH_HANS: Mapping[str, str] = MappingProxyType({**_SCREENS, **_FLOWS, **_LINES, **_FAULTS})
