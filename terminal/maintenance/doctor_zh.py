"""What the doctor says, in Simplified Chinese. Reasons are of parts, each a sentence of its own."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

from terminal.maintenance import backup_zh, config_zh

ZH: Mapping[str, str] = MappingProxyType(
    {
        **config_zh.ZH,
        **backup_zh.ZH,
        # How it stands, and of what
        "green": "正常",
        "amber": "注意",
        "RED": "故障",
        "{} green, {} red": "{0} 项正常，{1} 项故障",
        "{} green, {} amber, {} red": "{0} 项正常，{1} 项注意，{2} 项故障",
        "green {} more: {}": "正常 另有 {0} 项：{1}",
        "terminal": "终端",
        "services": "服务",
        "ledger": "账本",
        "erasures": "待遗忘会员",
        "outside": "外部支付",
        "second copy": "副本",
        "backups": "备份",
        "handhelds": "手持终端",
        "{}: its certificate ends on {}": "{0}：证书于 {1} 到期",
        "{}: its certificate ended on {}": "{0}：证书已于 {1} 到期",
        "Another one: sudo terminal revoke-handheld NAME, then sudo terminal enrol-handheld NAME.": (
            "更换：sudo terminal revoke-handheld NAME，再 sudo terminal enrol-handheld NAME。"
        ),
        "secret": "密钥",
        "queue": "待上传",
        "enrolment": "总部登记",
        "webhook": "店铺接口",
        "invoices": "发票",
        "card keys": "卡密钥",
        "stock": "库存",
        "promotions": "促销",
        "tiers": "会员等级",
        "clock": "时钟",
        "disk": "磁盘",
        "machine": "机器",
        # The terminal
        "{} runs, process {}": "{0} 正在运行，进程 {1}",
        "process {} is in training: nothing is booked for the shop": "进程 {0} 处于培训：不为店铺入账",
        "Touch Training at the counter.": "在柜台点“培训”。",
        "{} runs and does not answer: it hangs, or is busy; queue as files show it": (
            "{0} 在运行但没有回答：已卡住或正忙；待上传按文件所示"
        ),
        "Ask again in a minute. If it still does not answer: sudo systemctl restart terminal": (
            "一分钟后再看。仍没有回答：sudo systemctl restart terminal"
        ),
        "{} does not run; devices and queue are as the files show them": "{0} 未运行；设备和待上传按文件所示",
        (
            "sudo systemctl reset-failed terminal; sudo systemctl start terminal; if it"
            " stops again: journalctl -u terminal -n 50"
        ): (
            "sudo systemctl reset-failed terminal; sudo systemctl start"
            " terminal；若再停止：journalctl -u terminal -n 50"
        ),
        # The configuration
        "settings": "配置",
        "Mend {}, then: sudo systemctl restart terminal": "改好 {0}，然后：sudo systemctl restart terminal",
        "Mend {}, or undo its last change (menu: 6); then: sudo systemctl restart terminal": (
            "改好 {0}，或撤销上次修改（菜单 6）；然后：sudo systemctl restart terminal"
        ),
        "an overlay in memory lies over {}: what is written there is gone after a restart": (
            "{0} 上盖着内存中的 overlay：写入的内容重启后全部丢失"
        ),
        "sudo raspi-config nonint disable_overlayfs, restart; then docs/appliance.md, 1.": (
            "sudo raspi-config nonint disable_overlayfs，重启；再看 docs/appliance.md 第 1 条。"
        ),
        "firewall": "防火墙",
        # Devices and services
        "reader {*}": "读卡器{0}",
        "scanner {*}": "扫码器{0}",
        "printer {*}": "打印机{0}",
        "rewriter {*}": "可视卡打印机{0}",
        "signals {*}": "指示灯{0}",
        "display {*}": "客显{0}",
        "voice {*}": "语音{0}",
        "sam {*}": "SAM {0}",
        "bank_terminal {*}": "银行终端{0}",
        "forecourt {*}": "加油控制器{0}",
        "service {*}": "服务{0}",
        "{*} ({} restarts)": "{0}（重启 {1} 次）",
        "starting": "启动中",
        "ready": "就绪",
        "unknown": "状态未知",
        "down": "不可用",
        "starting: {*}": "启动中：{0}",
        "ready: {*}": "就绪：{0}",
        "unknown: {*}": "状态未知：{0}",
        "down: {*}": "不可用：{0}",
        "paper out": "缺纸",
        "cover open": "上盖打开",
        "cutter blocked": "切刀卡住",
        "offline": "脱机",
        "error": "出错",
        "unrecoverable error": "不可恢复的错误",
        "automatically recoverable error (head too hot)": "可自动恢复的错误（打印头过热）",
        "ready, paper near its end": "就绪，纸将用完",
        "{*} (DLE EOT 1-4: {})": "{0}（DLE EOT 1-4：{1}）",
        "(this printer is not asked for its status)": "（不查询此打印机的状态）",
        "not asked: no network": "未查询：没有网络",
        "did not say how it is within {} s": "{0} 秒内没有说明状态",
        "the case was opened since the terminal started": "终端启动后机壳被打开过",
        (
            "See who was at the box; look for what does not belong there. A restart of the"
            " terminal ends this."
        ): ("查看谁动过机器，检查有无异物。重启终端后此项消失。"),
        "Check cable and power; with PC/SC also: systemctl status pcscd.socket": (
            "检查线缆和电源；PC/SC 还要看：systemctl status pcscd.socket"
        ),
        "Check its cable, and that its path under /dev still exists.": "检查线缆，并确认 /dev 下的路径仍在。",
        "Check power, cable, paper and cover.": "检查电源、线缆、纸和上盖。",
        "Check power, cable and cover, and that its path under /dev still exists.": (
            "检查电源、线缆和上盖，并确认 /dev 下的路径仍在。"
        ),
        "Check that it is a Raspberry Pi, that python3-rpi-lgpio is installed, and /dev/gpiochip*.": (
            "确认是树莓派、已装 python3-rpi-lgpio，且有 /dev/gpiochip*。"
        ),
        "Check power and cable, and that its path under /dev still exists.": (
            "检查电源和线缆，并确认 /dev 下的路径仍在。"
        ),
        "Check the loudspeaker: aplay -l lists it, speaker-test lets it sound.": (
            "检查喇叭：aplay -l 能列出，speaker-test 能发声。"
        ),
        "Check that it sits in its slot and is that issuer's; systemctl status pcscd.socket": (
            "确认 SAM 卡在卡槽中且属于该发卡方；systemctl status pcscd.socket"
        ),
        "Check power, cable and password file, and that it speaks ZVT on its serial port.": (
            "检查电源、线缆和密码文件，并确认其串口使用 ZVT。"
        ),
        "Check the controller's power and cable, its address or path, and that it speaks our lines.": (
            "检查控制器的电源和线缆、地址或路径，并确认其使用我们的协议。"
        ),
        "journalctl -u terminal -n 50 says more.": "详见 journalctl -u terminal -n 50。",
        "{*} Then press Reprint at the counter.": "{0} 然后在柜台按“重打印”。",
        "{*} Receipts that wait ({}) then print by themselves.": "{0} 等待的小票（{1} 张）随后自动打印。",
        "{} run: {}": "{0} 个在运行：{1}",
        # The ledger
        "{} entries, the last {} agree, held by {*}": "{0} 条记录，最近 {1} 条一致，由{2}占用",
        "process {}": "进程 {0} ",
        "{} entries, the last {} agree": "{0} 条记录，最近 {1} 条一致",
        "{} holds {} entries that the ledger has not": "{0} 中有 {1} 条账本没有的记录",
        "the second copy {}: {*}": "副本 {0}：{1}",
        "{} entries behind": "落后 {0} 条",
        "cannot be compared with the ledger": "无法与账本比对",
        "{}: was kept because it contradicts the ledger": "{0}：与账本矛盾，已保留",
        "schema {}, brought to {} by the next start": "结构 {0}，下次启动升到 {1}",
        "there is no ledger yet; the first start makes it": "还没有账本；首次启动时建立",
        "{} cannot be made: {}": "无法建立 {0}：{1}",
        "A new terminal: start it. One that has sold before: do not; is its disk mounted?": (
            "新终端：直接启动。已营业过的：不要启动；磁盘挂载了吗？"
        ),
        "Set ledger.path to where the terminal may write; then start it.": (
            "把 ledger.path 设到终端可写的位置，再启动。"
        ),
        "Ask as root: sudo terminal doctor": "请用 root 查看：sudo terminal doctor",
        "Is a terminal starting, or a second one? systemctl status terminal": (
            "是否有终端正在启动，或有第二个？systemctl status terminal"
        ),
        "Do not sell. dmesg says whether the card fails; back up while it can be read.": (
            "停止营业。dmesg 会显示存储卡是否损坏；趁还能读，先备份。"
        ),
        "Start the terminal: it brings the ledger to its own schema, or leaves it as it is.": (
            "启动终端：它会把账本升到自己的结构，否则保持原样。"
        ),
        "Install the version of the program that ran here last, or a newer one.": (
            "安装上次在此运行的程序版本，或更新的版本。"
        ),
        "Put right what the reason names; the terminal then opens it by itself.": (
            "按原因所说改正，终端随后会自行打开。"
        ),
        (
            "Do not sell. sudo systemctl stop terminal; sudo terminal ledger restore DIR,"
            " the folder of the backups: what the second copy holds beyond comes back too;"
            " then start it. No backup: keep all files as they are, ask headquarters."
        ): (
            "停止营业。sudo systemctl stop terminal；sudo terminal ledger restore"
            " DIR（备份文件夹）：副本中多出的记录也会恢复；再启动。没有备份：保留所有文件，联系总部。"
        ),
        (
            "Selling goes on, cards and phones are known. The newest backup has the keys"
            " sealed in it: with the terminal stopped, sudo terminal ledger restore DIR"
            " --over-whole brings back those of its day."
        ): (
            "照常营业，卡和电话仍可识别。最新备份中封存有密钥：停止终端后，sudo terminal"
            " ledger restore DIR --over-whole 可恢复当日的密钥。"
        ),
        "members who wait to be forgotten: {}, {} since {}": "等待遗忘的会员：{0} 位，{1} 自 {2}",
        "Pay out or settle what {} has or owes; within an hour they are forgotten.": (
            "结清 {0} 的余额或欠款；一小时内即会遗忘。"
        ),
        "{} begun outside without an end, the oldest {} of {} from {}, {}": (
            "{0} 笔外部支付没有结果，最早为 {1} {2}，{3}，{4}"
        ),
        "Ask the provider under that id what became of it; only its answer ends it.": (
            "用该编号向支付方查询结果；只有其答复才能了结。"
        ),
        "level with the ledger at {}, in {}; on the disk of the ledger, so it outlives no disk": (
            "与账本一致，至 {0}，在 {1}；与账本同一磁盘，磁盘坏则同失"
        ),
        "level with the ledger at {}, in {}": "与账本一致，至 {0}，在 {1}",
        "a copy that contradicts the ledger was kept: {}": "保留了一份与账本矛盾的副本：{0}",
        ("Keep that file: it may hold sales that the ledger lost. Tell headquarters; then move it away."): (
            "保留该文件：其中可能有账本丢失的销售。告知总部后再移走。"
        ),
        "{}: {}; {} entries on it": "{0}：{1}；其中 {2} 条记录",
        (
            "Nothing is sold until it is well. Put the stick back, or a new one with that"
            " folder; it then catches up by itself."
        ): ("恢复前不能营业。插回 U 盘，或换一个有该文件夹的；随后自动补齐。"),
        (
            "Selling goes on. Put the stick back, or a new one with that folder; it then"
            " catches up by itself."
        ): ("照常营业。插回 U 盘，或换一个有该文件夹的；随后自动补齐。"),
        # Backups
        "the last one, in {}, is of {} UTC": "最近一份在 {0}，为 {1}（UTC）",
        "none was made here yet": "尚未做过备份",
        "on the disk of the ledger, so it outlives no disk": "与账本同一磁盘，磁盘坏则同失",
        "nobody believed the clock, so tries are counted and not days": "时钟不可信，按次数而不按天数计",
        "the last try was cut off": "上次尝试中断",
        "the last try failed: {*}": "上次尝试失败：{0}",
        "Back up: sudo terminal menu, then 7, 2. That writes it anew.": (
            "备份：sudo terminal menu，按 7，再按 2。会重新写入。"
        ),
        (
            "Selling goes on; the sales since then are on this disk alone. Is the stick mounted?"
            " findmnt -T {}; then back up: sudo terminal menu, 7, 2."
        ): (
            "照常营业；此后的销售只在本机磁盘上。U 盘挂载了吗？findmnt"
            " -T {0}；然后备份：sudo terminal menu，7、2。"
        ),
        "Put it right, then back up: sudo terminal menu, 7, 2.": "改正后备份：sudo terminal menu，7、2。",
        "Back up: sudo terminal menu, 7, 2. systemctl list-timers: is there one tonight?": (
            "备份：sudo terminal menu，7、2。systemctl list-timers：今晚有备份吗？"
        ),
        # Headquarters
        "no headquarters; {} entries kept": "没有总部；保存了 {0} 条记录",
        "{} waiting, {} at headquarters, last answer {} ago": (
            "{0} 条待上传，总部已有 {1} 条，上次应答在 {2} 前"
        ),
        "{} waiting, {} at headquarters": "{0} 条待上传，总部已有 {1} 条",
        "directives wait: {}": "有指令等待：{0}",
        "Update this terminal.": "请升级本终端。",
        "Leave it online; it goes on by itself.": "保持联网，会自动继续。",
        "more waiting than is usual": "待上传多于平常",
        "headquarters is not reached": "连不上总部",
        "the terminal does not run": "终端未运行",
        "the terminal does not answer": "终端没有回答",
        "Selling goes on. Check network and the address of headquarters.": "照常营业。检查网络和总部地址。",
        "Selling goes on. Tell headquarters what it answered; check merchant and site.": (
            "照常营业。把应答告知总部；检查商户和门店编号。"
        ),
        "Selling goes on. Tell headquarters: the fault is there, not here.": (
            "照常营业。告知总部：故障在总部，不在此处。"
        ),
        "Selling goes on. Check headquarters.url, then the versions on both sides.": (
            "照常营业。检查 headquarters.url，再检查双方版本。"
        ),
        "Selling goes on. Headquarters is an older copy: it needs a higher --hq-epoch.": (
            "照常营业。总部是较旧的副本：需要更高的 --hq-epoch。"
        ),
        "Selling goes on. Ask headquarters for a code, then: terminal enrol CODE": (
            "照常营业。向总部索取代码，然后：terminal enrol CODE"
        ),
        "The terminal comes first (see above); what waits is sent then.": (
            "先处理终端（见上）；待上传的随后上传。"
        ),
        ("Selling pauses until the chains are joined (S101). Copy no file; leave it running and online."): (
            "两条账链并好之前暂停营业（S101）。不要复制文件；保持运行和联网。"
        ),
        "Look again in some minutes. Where the number does not fall, tell headquarters.": (
            "几分钟后再看。数量不减，请告知总部。"
        ),
        "not enrolled: headquarters does not know this machine": "未加入：总部不认识本机",
        "Ask headquarters for a code (python -m hq enrol there), then: terminal enrol CODE": (
            "向总部索取代码（在总部 python -m hq enrol），然后：terminal enrol CODE"
        ),
        "as {}, certificate {} to {}": "身份 {0}，证书 {1} 至 {2}",
        "it has expired": "已过期",
        "it has expired by a clock that nobody believes": "按不可信的时钟已过期",
        "Set the clock first: sudo terminal menu, 3, 4 or 3, 5; where it is right, ask for a code.": (
            "先设置时钟：sudo terminal menu，按 3，再按 4 或 5；若时钟无误，再索取代码。"
        ),
        "It cannot renew itself any more. Ask headquarters for a code, then: terminal enrol CODE": (
            "已不能自动续期。向总部索取代码，然后：terminal enrol CODE"
        ),
        "It is tried again; {} days are left. Tell headquarters what it answered.": (
            "会再次尝试；还剩 {0} 天。把应答告知总部。"
        ),
        # What is outside
        "takes all entries": "接收所有记录",
        "{} entries in quarantine, the first {}: {}": "{0} 条记录被隔离，第一条 {1}：{2}",
        "Selling goes on. Mend the other side, then: terminal webhook again; or give-up SEQ": (
            "照常营业。修好对方，然后：terminal webhook again；或 give-up SEQ"
        ),
        "Selling goes on. Check webhook.url and the other side; terminal webhook says more.": (
            "照常营业。检查 webhook.url 和对方；详见 terminal webhook。"
        ),
        "none waits to be written": "没有待开发票",
        "{} wait to be written, the oldest asked for on {}": "{0} 张待开，最早申请于 {1}",
        "{} wait to be written": "{0} 张待开",
        "{} wait for people": "{0} 张等待人工处理",
        "At the counter: Invoice, then those asked for.": "在柜台：发票，然后选已申请的。",
        "Selling goes on. Check [invoice] and the other side; what waits is sent by itself.": (
            "照常营业。检查 [invoice] 和对方；待开的会自动发送。"
        ),
        "Ask who writes them; a number that came by hand is noted at the counter.": (
            "向开票方询问；人工开的号码在柜台登记。"
        ),
        "{} keys of cards": "{0} 个卡密钥",
        "no card can prove itself here": "卡无法在此验真",
        "Move that file away, then take the issuer's list again: terminal cards FILE": (
            "移走该文件，再导入发卡方的清单：terminal cards FILE"
        ),
        # The shop
        "{} articles counted": "已盘点 {0} 种商品",
        "little is left of: {}": "库存不多：{0}",
        "cannot be told: {}": "无法得知：{0}",
        ("Import a damaged catalogue anew with --whole; move a damaged .stock file away, count again."): (
            "商品目录损坏：用 --whole 重新导入；.stock 文件损坏：移走后重新盘点。"
        ),
        "for what nobody sells: {}": "所指商品无人销售：{0}",
        "{} of policy.tiers: headquarters' order is {}": "policy.tiers 的 {0}：总部的顺序为 {1}",
        (
            "Set the order of all tiers at headquarters (python -m hq tiers set), or mend"
            " policy.tiers here: until then members rise and fall by another order elsewhere."
        ): (
            "在总部设定全部等级的顺序（python -m hq tiers set），或在此改正"
            " policy.tiers：此前会员在别处按另一顺序升降。"
        ),
        # The machine
        "set right by {} s": "已按总部时间校正 {0} 秒",
        "trust {*}, {*}, {} s from headquarters": "可信度：{0}，{1}，与总部相差 {2} 秒",
        "trust {*}, {*}": "可信度：{0}，{1}",
        "network": "网络",
        "headquarters": "总部",
        "synchronised": "已同步",
        "not synchronised": "未同步",
        "kernel cannot be asked": "无法询问内核",
        "it was never set": "从未设置过",
        "it is behind the last entry of the ledger": "早于账本的最后一条记录",
        "it is wrong": "时间不对",
        "the machine's own is wrong; headquarters' time is used": "本机时钟不对，暂用总部时间",
        "Set the time: timedatectl; check the network's time server and the clock's battery.": (
            "设置时间：timedatectl；检查网络时间服务器和时钟电池。"
        ),
        "{} of {} MiB free at {}": "{2} 剩余 {0} / {1} MiB",
        "{} is on no disk": "{0} 不在任何磁盘上",
        "Set ledger.path to a folder on a disk.": "把 ledger.path 设到磁盘上的文件夹。",
        "read-only": "只读",
        "Nothing can be booked. Look at dmesg; the card may be worn out.": (
            "无法入账。查看 dmesg；存储卡可能已磨损。"
        ),
        "nearly full": "快满了",
        "Make room: move to another disk {}. Then type {}.": "腾出空间：移到别的磁盘 {0}。再输入 {1}。",
        "Make room: move to another disk {}.": "腾出空间：移到别的磁盘 {0}。",
        "Make room: {}.": "腾出空间：{0}。",
        "Nothing is known here that may go: back up, then restore onto a larger card.": (
            "没有已知可移走的内容：先备份，再恢复到更大的卡上。"
        ),
        "too little power since it started (throttled {})": "启动以来供电不足（throttled {0}）",
        ("Another supply (5.1 V) and a shorter cable, nothing that draws power from USB; then restart it."): (
            "换 5.1 V 电源和更短的线，USB 不接耗电设备；然后重启。"
        ),
        "too hot": "过热",
        "Give it air: out of the sun, away from the heater, a heat sink or a fan.": (
            "通风：避开阳光和热源，加散热片或风扇。"
        ),
        "little memory is left": "内存所剩不多",
        "Restart it; if it comes back, tell whoever helps: ps aux --sort -rss": (
            "重启；若再出现，请告知支持人员：ps aux --sort -rss"
        ),
        "{} C": "{0} ℃",
        "{} MiB of memory free": "内存剩余 {0} MiB",
        "up {} h": "已运行 {0} 小时",
    }
)
