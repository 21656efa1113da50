"""Why a backup was not made, in Simplified Chinese: as the command and the doctor say it."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

ZH: Mapping[str, str] = MappingProxyType(
    {
        (
            "{}: no disk is mounted there. Plug in the stick, sudo mount {}, then again. Where"
            " no other disk can be had, say --same-disk"
        ): ("{0}：没有挂载磁盘。请插入 U 盘；sudo mount {1}；然后再试。没有别的磁盘时请用 --same-disk"),
        (
            "{}: lies on the disk of the ledger, and would be lost with it. Mount a stick"
            " there, then again. Where no other disk can be had, say --same-disk"
        ): ("{0}：与账本在同一磁盘，会一同丢失。请在此挂载 U 盘，然后再试。没有别的磁盘时请用 --same-disk"),
        (
            "{}: nobody can say whether it lies on the disk of the ledger. Mount a stick"
            " there, then again. Where no other disk can be had, say --same-disk"
        ): ("{0}：无法判断是否与账本在同一磁盘。请在此挂载 U 盘，然后再试。没有别的磁盘时请用 --same-disk"),
        "its secret was never taken to a safe: without it no backup opens on another disk": (
            "密钥从未取出存入保险柜：没有它，备份在别的磁盘上打不开"
        ),
        "Take it: sudo terminal menu, 7, 7; then into the owner's safe, apart from the backups.": (
            "取出：sudo terminal menu，7、7；然后存入店主保险柜，与备份分开。"
        ),
        "{}: lies in memory, and is gone after a restart. Mount a stick there": (
            "{0}：在内存中，重启后丢失。请在此挂载 U 盘"
        ),
        "{}: is not there, so this is no whole backup": "{0}：不存在，备份不完整",
        "{}: was changed, or made under another secret than this site's": (
            "{0}：被改动过，或不是用本店的密钥做的"
        ),
        "{}: is of form {}, and {} is known here": "{0}：格式为 {1}，此处只认识 {2}",
        "{}: is not there; without it nobody's card is known and no backup opens": (
            "{0}：不存在；没有它就不认识任何卡，也打不开备份"
        ),
        "{}: there is no ledger yet": "{0}：还没有账本",
        "{}: is not there": "{0}：不存在",
        "{}: {} bytes instead of {}": "{0}：{1} 字节，应为 {2}",
        "{}: its SHA-256 is not that of the manifest": "{0}：SHA-256 与清单不符",
        "{}: ends with entry {}, the manifest says {}": "{0}：止于记录 {1}，清单为 {2}",
        "{}: cannot be read": "{0}：无法读取",
        "{}: holds {} keys, the manifest says {}": "{0}：有 {1} 个密钥，清单为 {2}",
        "{}: part {} is too long": "{0}：第 {1} 部分过长",
        "{}: its {} is not that of the manifest": "{0}：{1} 与清单不符",
    }
)
