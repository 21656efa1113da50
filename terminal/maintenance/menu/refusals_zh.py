"""Why a backup, a restore, an export or an update was not done, in Simplified Chinese."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

from terminal.maintenance import backup_zh

ZH: Mapping[str, str] = MappingProxyType(
    {
        **backup_zh.ZH,
        # Restoring
        "{}: is of site {}, this is {}": "{0}：属于门店 {1}，此处是 {2}",
        "{}: is whole and holds all of that backup; a restore could only lose sales": (
            "{0}：完整，且含该备份的全部内容；恢复只会丢失销售"
        ),
        "{}: there is no such folder": "{0}：没有此文件夹",
        "{}: holds no backup that was made under this site's secret": "{0}：没有用本店密钥做的备份",
        "{}: reads differently each time; the medium is failing": "{0}：每次读出不同；介质正在损坏",
        (
            "{}: the stick of the second copy is not there. Put it back: it may hold what"
            " the backup has not. Where it is lost, take ledger.second out of the configuration"
        ): ("{0}：副本的 U 盘不在。请插回：其中可能有备份没有的记录。若已丢失，从配置中去掉 ledger.second"),
        ("{}: {} entries, {} postings and {} rows beside them agree, head {}; so do {} on the second copy"): (
            "{0}：{1} 条记录、{2} 笔过账和 {3} 行附属数据一致，链首 {4}；副本 {5} 条也一致"
        ),
        (
            "{}: {} entries, {} postings and {} rows beside them agree, head {}; members who"
            " wait to be forgotten: {}, since {}"
        ): ("{0}：{1} 条记录、{2} 笔过账和 {3} 行附属数据一致，链首 {4}；等待遗忘的会员：{5} 位，自 {6}"),
        (
            "{}: {} entries, {} postings and {} rows beside them agree, head {}; so do {} on"
            " the second copy; members who wait to be forgotten: {}, since {}"
        ): (
            "{0}：{1} 条记录、{2} 笔过账和 {3} 行附属数据一致，链首 {4}；副本 {5}"
            " 条也一致；等待遗忘的会员：{6} 位，自 {7}"
        ),
        "{}: the second copy {}: {*}": "{0}：副本 {1}：{2}",
        "{}: {} holds {} entries that the ledger has not": "{0}：{1} 中有 {2} 条账本没有的记录",
        "{}: there is no ledger yet; the first start makes it": "{0}：还没有账本；首次启动时建立",
        "{}: is a link, and nobody follows it: take it away": "{0}：是链接，程序不跟随链接：请移除",
        "{}: held by process {}": "{0}：由进程 {1} 占用",
        "{} entries behind": "落后 {0} 条",
        "cannot be compared with the ledger": "无法与账本比对",
        "{}: was kept because it contradicts the ledger": "{0}：与账本矛盾，已保留",
        "{}: schema {}, brought to {} by the next start": "{0}：结构 {1}，下次启动升到 {2}",
        "{}: {} of {} entries booked here under their own numbers": "{0}：{2} 条中有 {1} 条按原号记入此处",
        # Exports
        "there is no such wallet": "没有此账户",
        "seq {}: {}": "记录 {0}：{1}",
        "{}: is there already": "{0}：已存在",
        # Updates
        (
            "its ledger is opened from schema {} on, and the release that runs has {}: there"
            " would be no way back. Take a release between them first"
        ): ("其账本要从结构 {0} 起才能打开，而运行中的版本为 {1}：将无法退回。请先装两者之间的版本"),
        (
            "it has schema {}, and the ledger is opened from schema {} on:"
            " it could not open it. Take a newer one"
        ): ("其结构为 {0}，而账本要从结构 {1} 起才能打开：它无法打开账本。请用更新的版本"),
        "it is for Python {}, and this machine has Python {}": "它适用于 Python {0}，而本机为 Python {1}",
        (
            "headquarters of this machine has brought its database to schema {}, and it knows {}:"
            " it could not open that. Take a newer one"
        ): ("本机的总部已将其数据库升到结构 {0}，而该版本只认识到 {1}：它无法打开。请用更新的版本"),
        "it is old: version {}, and {} lies here in slot {}": "已过时：版本 {0}，此处槽 {2} 中已有 {1}",
        "its version cannot be compared: {}": "无法比较其版本：{0}",
        "slot {} holds a version that cannot be compared: {}. Install from a checkout": (
            "槽 {0} 中的版本无法比较：{1}。请用源码目录安装"
        ),
        "{} is no version, such as 2.0.0": "{0} 不是版本号，如 2.0.0",
        "slot {} is in use": "槽 {0} 正在使用",
        "slot {} is not whole": "槽 {0} 不完整",
        "{} leads to {}, to neither slot": "{0} 指向 {1}，不是任何一个槽",
        "another installation or update is at work": "另一个安装或升级正在进行",
        "{}: {*}: not laid out in two slots": "{0}：{1}：不是两个槽的布局",
        "the machine was started anew while it was tried": "试运行时机器重启过",
        "a release is being tried: terminal update settle, or start the machine anew": (
            "有版本正在试运行：terminal update settle，或重启机器"
        ),
        "nothing is to be tried": "没有要试运行的",
        "the other slot holds no release that is whole": "另一个槽没有完整的版本",
        "ledger.path: {} is on a disk of its own, which is not mounted: sudo mount {}": (
            "ledger.path：{0} 在单独的分区上，尚未挂载：sudo mount {1}"
        ),
        (
            "{} lies in memory ({}), and is as before after a restart:"
            " make the root writable for the time (docs/appliance.md, 1.)"
        ): ("{0} 在内存中（{1}），重启后恢复原样：请先暂时把根文件系统改为可写（docs/appliance.md 第 1 条）"),
        "release {}: {*}": "版本 {0}：{1}",
        "it ended too often, or cannot use the configuration: systemd gave it up": (
            "结束次数过多，或无法使用配置：systemd 已放弃"
        ),
        "it was started {} times": "启动了 {0} 次",
        "units and rules: {}": "单元和规则：{0}",
        "ledger: {}": "账本：{0}",
        "not well after {} s: {*}": "{0} 秒后仍不正常：{1}",
        "it is not ready": "尚未就绪",
        "slot {} runs, not {}": "运行的是槽 {0}，不是 {1}",
        "it does not answer": "没有应答",
        "it does not feed the watchdog": "没有喂看门狗",
        "it runs for less than {} s": "运行不足 {0} 秒",
        "it is for {}; this is {} with Python {}": "它用于 {0}；本机为 {1}，Python {2}",
        "it is too large: {} bytes": "过大：{0} 字节",
        "it is too large: {} bytes in {} files": "过大：{1} 个文件共 {0} 字节",
        "it is too large: more is in it than was signed": "过大：内容多于签名所列",
        "it is too large, and grows": "过大，且还在增大",
        "it is too large: {}": "过大：{0}",
        "{}: {} MiB are free, {} are needed": "{0}：剩余 {1} MiB，需要 {2}",
        "it is cut short: less is in it than was signed": "不完整：内容少于签名所列",
        "it is cut short: {} is missing": "不完整：缺少 {0}",
        "it is cut short: {}": "不完整：{0}",
        "{} is no file": "{0} 不是文件",
        "{} has no place in a bundle": "{0} 不应在升级包中",
        "it is no bundle, or cut short: {}": "不是升级包，或不完整：{0}",
        "{} is not what was signed, or is cut short: {}": "{0} 与签名不符，或不完整：{1}",
        "{}: what it is for cannot be read: {}": "{0}：无法读出其用途：{1}",
        "{} cannot be read: {*}": "无法读取 {0}：{1}",
        "no maker is trusted here: their root.json belongs into {}": (
            "此处没有受信任的发布者：其 root.json 应放入 {0}"
        ),
        "its snapshot does not list targets.json": "其快照没有列出 targets.json",
        "{} is of another kind": "{0} 类型不符",
        "{} is version {}, not {}": "{0} 是版本 {1}，不是 {2}",
        "it is old: {} {}, and {} was here already": "已过时：{0} {1}，此处已有 {2}",
        "it has expired: {} was good until {}": "已过期：{0} 有效至 {1}",
        "the root that is trusted here cannot be used: {}": "此处受信任的 root 无法使用：{0}",
        "{}.root.json is version {}": "{0}.root.json 是版本 {1}",
        "{} is neither file nor folder": "{0} 既非文件也非文件夹",
        "{} has no place in a release": "{0} 不应在版本中",
        "it cannot be unpacked: {}": "无法解开：{0}",
        "{} is in it twice": "{0} 出现两次",
        "Fetch the newest bundle for this machine again. The release that runs goes on.": (
            "请重新获取适用于本机的最新升级包。正在运行的版本继续运行。"
        ),
        "The release before runs again. journalctl -u terminal says what the other one met.": (
            "已退回上一版本。journalctl -u terminal 显示新版本遇到的问题。"
        ),
        "An older release comes as a bundle of its own, given out anew by the maker.": (
            "更旧的版本由发布者另行做成升级包发出。"
        ),
        "The release that runs goes on. terminal update status says how it stands.": (
            "正在运行的版本继续运行。terminal update status 显示现状。"
        ),
    }
)
