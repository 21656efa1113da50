"""What the menu, the terminal that runs and the commands behind the menu answer, in Simplified Chinese."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

from terminal.maintenance import config_zh

ZH: Mapping[str, str] = MappingProxyType(
    {
        **config_zh.ZH,
        # Before something is done
        "In training nothing is booked for the shop, and all it prints says so.": (
            "培训时不为店铺入账，打印的每一张都有标注。"
        ),
        "{} gets another PIN; the one they have counts no more.": "将给 {0} 发放新密码，原密码随即失效。",
        "The terminal runs. Stop it first: sudo systemctl stop terminal": (
            "终端正在运行。请先停止：sudo systemctl stop terminal"
        ),
        "The newest backup in {} takes the place of the ledger.": "将用 {0} 中最新的备份替换账本。",
        "The ledger that is there is kept beside it. What was sold since that backup is lost here,": (
            "现有账本会保留在旁边。该备份之后的销售在本机会丢失，"
        ),
        "unless headquarters or the second copy has it.": "除非总部或副本中有。",
        "All of them end. That cannot be undone.": "将全部作废，无法撤销。",
        "The shop's time: {}": "门店时间：{0}",
        "The system's clock is set to {} of the shop, which is {}.": "系统时钟将设为门店时间 {0}，即 {1}。",
        "It is no time of {} to {}, such as 2026-11-27 14:05:00.": (
            "不是 {0} 至 {1} 年的时间，如 2026-11-27 14:05:00。"
        ),
        "Nothing was set.": "未作设置。",
        "The terminal sells on; it believes the clock again when headquarters or the network agree.": (
            "终端照常营业；总部或网络时间一致后，时钟重新可信。"
        ),
        "Counted: {} yuan. Of it {} stays in the drawer.": "清点：{0} 元，其中 {1} 元留在钱箱。",
        "no totaliser of a nozzle": "不是某支油枪的泵码",
        "no totaliser: {} characters": "不是泵码：{0} 个字符",
        "Totaliser of nozzle {}: {}": "{0} 号枪泵码：{1}",
        "the totaliser of nozzle {} is to be read: open 5 anew": "需读取 {0} 号枪的泵码：请重新进入 5",
        "The shift is closed, and cannot be opened again.": "班次将结束，不能再打开。",
        "It ends in order and systemd starts it again.": "将正常结束，由 systemd 重新启动。",
        "systemd starts the terminal anew, also after it gave up on it. That is in no journal.": (
            "systemd 将重新启动终端，即使已放弃启动过。此操作不入流水。"
        ),
        "It is started. 1, then 1 says how it is.": "已启动。先按 1，再按 1 查看状态。",
        "The terminal runs without its ledger, which does not open: {*}": "终端在运行，但账本打不开：{0}",
        "Stop it first: sudo systemctl stop terminal; then again.": (
            "请先停止：sudo systemctl stop terminal；然后再来。"
        ),
        "The terminal is started anew, and watched for a minute or more.": (
            "终端将重新启动，并观察一分钟以上。"
        ),
        "Only until this machine is started anew:": "仅在本机重新启动前有效：",
        "It is used from the next start of the terminal on (0, then 1).": (
            "终端下次启动后生效（先按 0，再按 1）。"
        ),
        "{} stays: {} was begun with it. With another an empty shop would begin, or nothing be sold": (
            "{0} 保持不变：{1} 建立时即用此值。改动后会变成一家空店，或无法销售"
        ),
        "Without the secret no backup opens on another disk. With a backup it tells names and phones.": (
            "没有密钥，备份在别的磁盘上打不开。密钥加备份即可读出姓名和电话。"
        ),
        "It belongs into the owner's safe, apart from the backups.": "请存入店主保险柜，与备份分开。",
        "For the owner's safe, apart from the backups: with both, anybody reads names and phones.": (
            "存入店主保险柜，与备份分开：两样都有，谁都能读出姓名和电话。"
        ),
        "the secret was not taken: {*}": "密钥未取出：{0}",
        (
            "Put the shop's secret back first, from the owner's safe: sudo terminal menu, 7, 8,"
            " or sudo terminal ledger secret-back FILE"
        ): "请先放回店主保险柜里的密钥：sudo terminal menu，7、8，或 sudo terminal ledger secret-back 文件",
        "The configuration cannot be used, so it is not sure where the ledger is. Mend it first.": (
            "配置不能使用，不能确定账本在哪里。请先改好。"
        ),
        "Say its file, or key its code.": "请填文件，或输入代码。",
        "It takes the place of the secret that a new terminal began with, which is kept beside it.": (
            "它将替换新终端启动时生成的密钥，原来的会保留在旁边。"
        ),
        "Then the backup: 3.": "然后恢复备份：3。",
        "the secret was not put back: {*}": "密钥未放回：{0}",
        "{}: the one that was there": "{0}：原来的密钥",
        "The secret is back. Now the backup: sudo terminal menu, 7, 3": (
            "密钥已放回。现在恢复备份：sudo terminal menu，7、3"
        ),
        "{}: is no copy of a secret": "{0}：不是密钥副本",
        "the code is not whole: a line of it is missing, or there twice": "代码不完整：缺一行，或有一行重复",
        "line {} of the code is not as it was printed: compare it": "代码第 {0} 行与打印的不符：请核对",
        (
            "{}: {} entries go by the secret that is there, and would open with no other."
            " Where they shall go for a backup, say --over-whole"
        ): "{0}：有 {1} 条记录使用现有的密钥，换了就打不开。如要用备份取代它们，请加 --over-whole",
        "{}: backups are there, and whoever finds both reads names and phones": (
            "{0}：那里有备份，两样在一起谁都能读出姓名和电话"
        ),
        # A configuration that cannot be used
        "The configuration cannot be used:": "配置不能使用：",
        "This menu goes by what can be read of it. Mend those lines, then start the terminal (0, 1).": (
            "本菜单按能读出的部分工作。请改好这些行，然后启动终端（0、1）。"
        ),
        "What stood there before the menu's last change is put back by 6.": "按 6 恢复菜单上次修改前的内容。",
        "No screen is joined to this machine: kiosk.link_file is not set so.": (
            "这台机器没有接屏幕：kiosk.link_file 未设为屏幕用的文件。"
        ),
        "{}: not UTF-8 at byte {}: save it as that": "{0}：第 {1} 字节不是 UTF-8：请另存为 UTF-8",
        "{}: cannot be used either": "{0}：也不能使用",
        "The configuration cannot be used, so it is not sure where the ledger is. Say it:": (
            "配置不能使用，无法确定账本在哪里。请指明："
        ),
        "no second copy was looked for: the configuration cannot be used as it is": (
            "没有查找第二副本：配置不能使用"
        ),
        "terminal.site cannot be read": "无法读出 terminal.site",
        # Devices
        "Use {} now. It works when a line with -> names it. Numbers are changed.": (
            "现在使用 {0}。出现带 -> 的行并说明读到什么，即为正常。此处号码已替换。"
        ),
        "It is asked how it is from time to time; open its cover and close it.": (
            "会定时查询其状态；请打开上盖再合上。"
        ),
        "The terminal does not use it now: it is listened to two seconds at a time.": (
            "终端此时不使用它：每次监听两秒。"
        ),
        "so far: what comes now begins anew": "到此为止：之后的内容从头开始",
        "it cannot be told what that was: {}": "无法识别读到的内容：{0}",
        "no device is called {}": "没有名为 {0} 的设备",
        "{}: SerialException: {}": "{0}：打不开串口（{1}）",
        "{}: {} bytes sent, all of them came back": "{0}：发出 {1} 字节，全部返回",
        "{}: nothing came back: are its lines joined?": "{0}：没有返回，线是否短接？",
        "{}: {} bytes came back, or others": "{0}：返回 {1} 字节，或内容不符",
        "{} is used by the terminal: stop it first": "{0} 正被终端使用：请先停止终端",
        "no lamps or buzzer are configured, or they are down": "没有配置指示灯或蜂鸣器，或其不可用",
        "given: {*}": "已给出：{0}",
        "{}: printed; {*}": "{0}：已打印；{1}",
        "{}: printed": "{0}：已打印",
        "no drawer is configured, or it stays shut in training: drawer, of its printer or of its pins": (
            "没有配置钱箱，或培训中不打开：打印机或引脚的 drawer 设置"
        ),
        "the drawer was told to open; that is on record": "已发出开钱箱指令，并有记录",
        "Close it again.": "请关上钱箱。",
        "no printer {}: {*}": "没有打印机 {0}：{1}",
        "no printer is configured: {*}": "没有配置打印机：{0}",
        "no printer that can be used: {*}": "没有可用的打印机：{0}",
        "no printer is configured": "没有配置打印机",
        "there is none": "没有",
        "mend the lines above": "请先改正以上各行",
        (
            "{}: headquarters' key was looked for here. Mend the lines above, ledger.path first, or read the"
            " lines of terminal doctor to who helps you"
        ): (
            "{0}：在此处寻找总部的密钥。请先改正以上各行，首先是 ledger.path；"
            "或把 terminal doctor 的各行念给协助您的人"
        ),
        "ready": "就绪",
        "unknown": "状态未知",
        "paper out": "缺纸",
        "cover open": "上盖打开",
        "cutter blocked": "切刀卡住",
        "error": "出错",
        "unrecoverable error": "不可恢复的错误",
        "automatically recoverable error (head too hot)": "可自动恢复的错误（打印头过热）",
        "ready, paper near its end": "就绪，纸将用完",
        "{*} (DLE EOT 1-4: {})": "{0}（DLE EOT 1-4：{1}）",
        "unknown (this printer is not asked for its status)": "状态未知（不查询此打印机的状态）",
        "{}: no answer": "{0}：没有应答",
        "{}: {*}; part of it may be on paper": "{0}：{1}；部分可能已打印",
        "{}: {*} (DLE EOT 1-4: {})": "{0}：{1}（DLE EOT 1-4：{2}）",
        "{}: not done in {} ms": "{0}：{1} 毫秒内没有完成",
        "{}: the job before still hangs": "{0}：前一个任务仍未结束",
        # Network
        "no headquarters is configured, or its file cannot be read: sudo": (
            "没有配置总部，或无法读取其文件：请用 sudo"
        ),
        "well  {*}": "正常  {0}",
        "FAULT {*}": "故障  {0}",
        "name {}: {*}": "域名 {0}：{1}",
        "port {}: {*}": "端口 {0}：{1}",
        "open after {} ms": "{0} 毫秒后连通",
        "TLS: {*}": "TLS：{0}",
        "cannot be looked up": "无法解析",
        "no answer in time": "没有及时应答",
        "headquarters' certificate: {} to {}, {*}; by {}": "总部证书：{0} 至 {1}，{2}；签发者 {3}",
        "{} days left": "还剩 {0} 天",
        "OVER": "已过期",
        "NOT YET GOOD: is the clock right?": "尚未生效：时钟对吗？",
        "This machine has no NetworkManager that runs: what brings it online is set up elsewhere.": (
            "本机没有运行 NetworkManager：联网在别处设置。"
        ),
        "NetworkManager knows no modem: is it plugged in, and ModemManager installed?": (
            "NetworkManager 没有发现调制解调器：插好了吗？装了 ModemManager 吗？"
        ),
        "APN: {}": "APN：{0}",
        "No APN was set here.": "此处没有设置过 APN。",
        "That is no APN: letters, digits, dots and hyphens.": "这不是 APN：只能有字母、数字、点和连字符。",
        "The modem connects anew, with APN {}.": "调制解调器将用 APN {0} 重新连接。",
        # Counters
        "entries of the journal: {}, of them since the start {}": "账本记录：{0} 条，本次启动以来 {1} 条",
        "waiting for headquarters: {}": "等待上传总部：{0} 条",
        "receipts that wait for a printer: {}": "等待打印的小票：{0} 张",
        "{}: went down {} times since the start": "{0}：本次启动以来中断 {1} 次",
        "written to disks: {} MiB": "写入磁盘：{0} MiB",
        "written for one entry: {} bytes": "每条记录写入：{0} 字节",
        # The clock and the shift
        "booked; the report is printed": "已入账；报表已打印",
        "booked as {}; the report is printed": "已入账，单号 {0}；报表已打印",
        "should be in the drawer: {}": "钱箱应有：{0}",
        "counted: {}": "清点：{0}",
        "over or short: {}": "长短款：{0}",
        "more stays than was counted": "留存多于清点金额",
        # Sync
        "there is nobody to send to: no headquarters is configured or enrolled at": (
            "没有可上传的对象：没有配置或加入总部"
        ),
        "it is tried now; look at the queue in a moment": "正在尝试；请稍后查看待上传",
        "nothing is in quarantine": "没有被隔离的记录",
        "entry {}, since {} UTC: {}": "记录 {0}，自 {1} UTC：{2}",
        "waits: {}": "等待：{0}",
        "{} were taken": "已接收 {0} 条",
        "entry {} is given up": "已放弃记录 {0}",
        "{} is not held": "没有隔离记录 {0}",
        "there is no [webhook], or nothing was sent to it yet": "没有 [webhook]，或还没有发送过",
        "not understood, or there is no [webhook]": "无法理解，或没有 [webhook]",
        "enrolled as {}": "已加入总部，身份 {0}",
        "not enrolled: {*}": "没有加入总部：{0}",
        "say where headquarters is: --url https://...": "请说明总部地址：--url https://...",
        "--url {*}": "--url {0}",
        "is no address": "不是地址",
        "names a user: what follows that would be the host": "含有用户名：其后才会是主机",
        "does not begin with https://": "不以 https:// 开头",
        "has more than a host and a port": "除主机和端口外还有别的内容",
        "headquarters answered for another terminal": "总部应答的是另一台终端",
        "headquarters itself has told this terminal to believe that key no more": (
            "总部已通知本终端不再相信该密钥"
        ),
        "what answered is not headquarters, or speaks another version": "应答的不是总部，或版本不同",
        "what answered is not the headquarters that made this code: do not use it there": (
            "应答的不是生成此代码的总部：不要在那里使用"
        ),
        "a code has 8, 24 and 16 of the characters A-Z and 2-7": (
            "代码由 8、24 和 16 个字符（A-Z、2-7）组成"
        ),
        "{}: no answer within {} s": "{0}：{1} 秒内没有应答",
        # Settings and staff
        "written; what was there is in {}": "已写入；原内容在 {0}",
        "that is what stands there": "现在就是这样",
        (
            "{} lies in memory ({}), and is as before after a restart:"
            " make the root writable for the time (docs/appliance.md, 1.)"
        ): ("{0} 在内存中（{1}），重启后恢复原样：请先暂时把根文件系统改为可写（docs/appliance.md 第 1 条）"),
        "somebody else changed the file meanwhile: look again": "其间有人改了文件：请重新查看",
        "it could not be used so:": "这样无法使用：",
        "{}: {*}: sudo terminal menu": "{0}：{1}：请用 sudo terminal menu",
        "{} is no name of a setting, such as counter.notice_s": "{0} 不是设置名称，应如 counter.notice_s",
        '{} is no value: words stand in quotes, as "info"': '{0} 不是值：文字要加引号，如 "info"',
        "one value, on one line": "一个值，写在一行",
        "{} is not set": "没有设置 {0}",
        "{}: {}. Said once. It serves to choose another at the counter.": (
            "{0}：{1}。只显示一次，用于在柜台另选密码。"
        ),
        "Said once. It serves to choose another at the counter.": "只显示一次，用于在柜台另选密码。",
        "the terminal is in training, which sees nothing of the shop: end that first": (
            "终端正在培训，看不到店铺的任何内容：请先结束培训"
        ),
        "It counts in training alone: end that first where it is for the shop.": (
            "仅在培训中有效：若用于店铺，请先结束培训。"
        ),
        "nobody who works here has that id; there are: {}": "员工中没有此编号；现有：{0}",
        "whoever approves is given a PIN by a manager at the counter: press Staff there": (
            "能批准的人，密码由店长在柜台发放：请在那里按“员工”"
        ),
        "The terminal does not run. Start it first, or: sudo terminal enrol CODE": (
            "终端没有运行。请先启动，或执行：sudo terminal enrol 注册码"
        ),
        "they chose no PIN here yet": "尚未在此选定密码",
        "{} with value": "{0} 张有余额",
        "many cards at once": "多张卡一起处理",
        "{} tries left": "还可试 {0} 次",
        "key the PIN first": "请先输入密码",
        "that is nobody who looks after this terminal": "此人不维护本终端",
        # Data
        "{}: {} entries, {} postings and {} rows beside them agree, head {}": (
            "{0}：{1} 条记录、{2} 笔过账和 {3} 行附属数据一致，链首 {4}"
        ),
        "{}: written": "{0}：已写入",
        "{}: written and verified": "{0}：已写入并校验",
        "{}: written and verified; on the disk of the ledger, so it outlives no disk": (
            "{0}：已写入并校验；与账本同一磁盘，磁盘坏则同失"
        ),
        (
            "{}: {} cannot write there, so a nightly backup to it fails: sudo chown {}: {} (FAT: mount it"
            " with uid={})"
        ): ("{0}：{1} 无法写入，每晚自动备份会失败。请执行：sudo chown {2}: {3}（FAT：挂载时加 uid={4}）"),
        "no backup was made: {*}": "没有备份：{0}",
        "{}: {} entries restored, epoch {} begins": "{0}：已恢复 {1} 条记录，第 {2} 代开始",
        "{}: {} of them from the second copy": "{0}：其中 {1} 条来自副本",
        "{} of them came without cards, phones and names: their value is there": (
            "其中 {0} 条没有卡号、电话和姓名：余额仍在"
        ),
        "{}: the rest stays there: {}": "{0}：其余留在那里：{1}",
        "{}: the ledger that was there; {*}": "{0}：原来的账本；{1}",
        "it cannot be read": "无法读取",
        "{} entries are only in it": "有 {0} 条记录只在其中",
        "nothing was restored: {*}": "没有恢复：{0}",
        "{}: {} postings": "{0}：{1} 笔过账",
        "nothing was exported: {*}": "没有导出：{0}",
        "--from and --to take days in order, such as 2026-11-24": "起始日和截止日要按先后，格式如 2026-11-24",
        "give up entry {}": "放弃第 {0} 条记录",
        "say which entry by its number": "请输入记录的编号",
        "no coupon of kind {} is held here": "这里没有种类为 {0} 的优惠券",
        "{} coupons of kind {} are held here": "这里有 {0} 张种类为 {1} 的优惠券",
        "{} withdrawn; {*}": "已作废 {0} 张；{1}",
        "{} withdrawn": "已作废 {0} 张",
        "{} are not held here: used, over, or at another shop": "{0} 张不在此处：已用、过期或在别的店",
        "{} that were used come back no more": "{0} 张已用的不再退回",
        "that is nobody who may: the highest of the shop signs, a manager where there is one": (
            "此人无权：由店内最高职位者签批，有店长时为店长"
        ),
        "they choose a PIN of their own first, at the counter": "请先在柜台选定自己的密码",
        "say why, in at most {} characters": "请说明原因，最多 {0} 个字",
        "the terminal must run: {*}": "终端必须在运行：{0}",
        "{} cards without value are cancelled": "注销 {0} 张没有余额的卡",
        "not given out yet, of these: {}": "其中尚未发出：{0}",
        "with points that end, of these: {}": "其中积分随之作废：{0}",
        "members' whose value elsewhere is not known, of these: {}": "其中会员卡，他店余额不详：{0}",
        "cancelled before it was cut short, and on the same list: {}": "中断前已注销，列在同一清单：{0}",
        "left out, with value: {}, {}": "有余额，不注销：{0} 张，{1}",
        "for headquarters, of these: {}": "其中由总部处理：{0}",
        "  {}  perhaps at other shops": "  {0}  可能在别的店",
        "  {}  not money": "  {0}  非金额",
        "and {} more, which are on the printed list": "另有 {0} 张，见打印清单",
        "A card that is cancelled is never used again. That cannot be undone.": (
            "注销的卡不能再用，无法撤销。"
        ),
        "it is another number of cards by now: look again": "卡的数量已有变化：请重新查看",
        "{} cards cancelled, {} left out; the list is printed": "已注销 {0} 张，保留 {1} 张；清单已打印",
        "entry {}": "记录 {0}",
        # Training, logs, system
        "training begins; nothing is booked for the shop": "培训开始；不为店铺入账",
        "training begins": "培训开始",
        "training ends": "培训结束",
        "no bundle was made: {*}": "没有做成支持包：{0}",
        "not enrolled: there is no headquarters that could open it": "未加入总部：没有能打开它的总部",
        "{}: {} bytes, for headquarters only: python -m hq support {} OUT": (
            "{0}：{1} 字节，只有总部能打开：python -m hq support {2} OUT"
        ),
        "it ends now; systemd starts it again": "正在结束；由 systemd 重新启动",
        "somebody is being served: ask again when the counter is at rest": "正在为顾客办理：柜台空闲时再试",
        "a nozzle is released: ask again once its fill is over": "有油枪已授权：加油结束后再试",
        "it waits: {*}": "等待中：{0}",
        "waited for {} minutes: {*}": "已等待 {0} 分钟：{1}",
        "slot {}: {*}; {*}": "槽 {0}：{1}；{2}",
        "slot {}: {*}": "槽 {0}：{1}",
        "release {}, schema {}": "版本 {0}，结构 {1}",
        "nothing that is whole": "没有完整的版本",
        "runs, proved well": "正在运行，已验证正常",
        "runs": "正在运行",
        "proved well": "已验证正常",
        "slot {} is being tried": "槽 {0} 正在试运行",
        "slot {} held release {}, and holds it again unless another proves well": (
            "槽 {0} 原有版本 {1}；新版本若未验证正常，即放回"
        ),
        "slot {} holds what it held before": "槽 {0} 已放回原有版本",
        "no room to keep what slot {} held meanwhile": "空间不足，未能保留槽 {0} 的原有版本",
        "slot {} proved well; the others follow it": "槽 {0} 已验证正常；其余单元正在跟随",
        "the machine was started anew while slot {} was being tried; it was given up": (
            "试运行槽 {0} 时机器重启，已放弃"
        ),
        "release {} proved well": "版本 {0} 已验证正常",
        "release {} was given up: {}": "已放弃版本 {0}：{1}",
        "release {} in slot {} begins with the next start of this machine": (
            "槽 {1} 中的版本 {0} 在机器下次启动时开始使用"
        ),
        "release {} is whole in slot {}; it is tried now, which takes a minute or more": (
            "版本 {0} 已完整放入槽 {1}；正在试运行，需一分钟以上"
        ),
        "the clock is behind what is surely past: the bundle is judged by that": (
            "时钟早于确定已过的时间：按后者检查升级包"
        ),
        "the clock is not believed: the bundle is judged by the last time that was": (
            "时钟不可信：按上次可信的时间检查升级包"
        ),
        # Of the way there
        "the terminal cannot be asked: {*}": "无法询问终端：{0}",
        "the terminal that runs does not know {}: is it older?": "运行中的终端不认识 {0}：版本较旧？",
        "the terminal runs and does not answer: others wait for it, too": (
            "终端在运行但没有回答：还有别的询问在等"
        ),
        "the terminal runs and does not answer: it hung up": "终端在运行但没有回答：连接被断开",
        "the terminal runs and does not answer: nothing within {} s": (
            "终端在运行但没有回答：{0} 秒内没有应答"
        ),
        "the terminal runs and does not answer: {}": "终端在运行但没有回答：{0}",
        "the terminal runs as another user: try sudo": "终端以另一用户运行：请用 sudo",
        "the terminal does not run": "终端未运行",
        "{}: did not end in time": "{0}：没有及时结束",
        "Connection refused": "连接被拒绝",
        "Connection timed out": "连接超时",
        "No such file or directory": "没有那个文件或目录",
        "Permission denied": "权限不够",
        "Network is unreachable": "网络不可达",
        "No route to host": "没有到主机的路由",
        "Name or service not known": "未知的名称或服务",
        "Temporary failure in name resolution": "域名解析暂时失败",
        "TimeoutError": "超时",
        "timed out": "超时",
        "Read-only file system": "只读文件系统",
        # Labels that are made
        "reader {}": "读卡器 {0}",
        "rewriter {}": "可视卡打印机 {0}",
        "bank_terminal {}": "银行终端 {0}",
        "scanner {}": "扫码器 {0}",
        "printer {}": "打印机 {0}",
        "forecourt {}": "加油控制器 {0}",
        "as for: {*}": "如同：{0}",
        "accepted": "成功",
        "offline": "脱机",
        "used": "已使用",
        "rejected": "拒绝",
        "fault": "故障",
        "{} (empty: as usual)": "{0}（空：恢复默认）",
    }
)
