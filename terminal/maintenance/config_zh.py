"""What doctor and menu both say of the configuration, in Chinese."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

ZH: Mapping[str, str] = MappingProxyType(
    {
        "{} more lines of it cannot be used": "另有 {0} 行不能使用",
        "line {}: {}": "第 {0} 行：{1}",
        "Start the installer again, which makes the rules for these ports: sudo ./install.sh": (
            "请再次运行安装程序，为这些端口生成规则：sudo ./install.sh"
        ),
        "its rules are not in force: {}": "规则未生效：{0}",
        "sudo systemctl restart terminal-firewall; not yet: journalctl -u terminal-firewall": (
            "sudo systemctl restart terminal-firewall；若仍不行：journalctl -u terminal-firewall"
        ),
        "every user of this machine reaches the counter's page: no rule is for port {}": (
            "本机任何用户都能打开收银页面：端口 {0} 没有规则"
        ),
        "the counter's page is on any port or without this screen, and a rule is for {}": (
            "收银页面端口不固定或不在本机屏幕上，而规则针对 {0}"
        ),
        "who is in the shop's network may hold a page busy: no rule is for port {}": (
            "店内网络上的任何人都可能占住页面：端口 {0} 没有规则"
        ),
    }
)
