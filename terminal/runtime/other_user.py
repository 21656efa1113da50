"""What another user may do here, asked as that user: only root can ask."""

from __future__ import annotations

import os
import pwd
import subprocess
from pathlib import Path

_ASKED_S = 30.0


def kept_out(folder: Path, of: Path) -> str:
    """The user who owns `of`, where that one cannot list `folder` and write there; empty: they can.

    Blocks. As the kernel and the folder's file system say, whatever its mode looks like; empty, too, where
    nobody can ask. Raises OSError.
    """
    owner = of.stat()
    if os.geteuid() != 0 or owner.st_uid == 0:
        return ""
    try:
        name = pwd.getpwuid(owner.st_uid).pw_name
        groups = os.getgrouplist(name, owner.st_gid)
    except KeyError:  # As on a machine where it is only a number.
        name, groups = str(owner.st_uid), [owner.st_gid]
    try:
        asked = subprocess.run(
            ["/usr/bin/sh", "-c", 'test -r "$0" && test -w "$0" && test -x "$0"', str(folder)],
            user=owner.st_uid,
            group=owner.st_gid,
            extra_groups=groups,
            cwd="/",
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            timeout=_ASKED_S,
            check=False,
        )
    except subprocess.SubprocessError:
        return ""
    return name if asked.returncode == 1 else ""
