"""Starts the process that fuzzes, reads what it says, and keeps what broke something."""

from __future__ import annotations

import argparse
import hashlib
import importlib.util
import os
import re
import subprocess
import sys
import tempfile
import traceback
from collections.abc import Iterable
from pathlib import Path

from lab.environment import ROOT
from lab.fuzz.targets import ALL, MUTANT, SEEDS, TARGETS, target
from lab.telling import fast_folder, tell

_LENGTH_MAX = 700
_DONE = re.compile(r"^Done (\d+) runs", re.MULTILINE)
_COVERED = re.compile(r"cov: ([1-9]\d*)")
_BROKE = re.compile(r"Test unit written to (\S+)")


def main(arguments: list[str]) -> int:
    parser = argparse.ArgumentParser(prog="python -m lab fuzz", description=__doc__)
    parser.add_argument("--codec", choices=[ALL, *TARGETS, MUTANT], default=ALL)
    parser.add_argument("--runs", type=int, default=200_000)
    parser.add_argument("--seed", default=os.environ.get("CARD_TERMINAL_SEED", "0"))
    parser.add_argument("--corpus", type=Path, help="what was found is kept there, and gone on from")
    parser.add_argument("--replay", type=Path, help="play these bytes alone")
    parser.add_argument("--json", action="store_true")
    typed = parser.parse_args(arguments)
    if typed.replay:
        return _replayed(typed.codec, typed.replay.read_bytes())
    if importlib.util.find_spec("atheris") is None:
        sys.stderr.write("lab fuzz: atheris is not installed; it has wheels for x86_64 alone\n")
        return 2
    with tempfile.TemporaryDirectory(prefix="card-terminal-fuzz-", dir=fast_folder()) as folder:
        return _fuzzed(typed, Path(folder))


def _fuzzed(typed: argparse.Namespace, folder: Path) -> int:
    corpus = typed.corpus or folder / "corpus"
    corpus.mkdir(parents=True, exist_ok=True)
    for data in _seeds(typed.codec):
        (corpus / hashlib.sha256(data).hexdigest()[:16]).write_bytes(data)
    seed = int.from_bytes(hashlib.sha256(str(typed.seed).encode()).digest()[:4], "big") | 1
    options = [f"-runs={typed.runs}", f"-seed={seed}", f"-max_len={_LENGTH_MAX}", "-timeout=10"]
    options += [f"-artifact_prefix={folder}/", "-print_final_stats=0", str(corpus)]
    command = [sys.executable, "-m", "lab.fuzz.one", typed.codec, *options]
    ended = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, errors="replace", check=False)
    said = ended.stdout + ended.stderr
    done, covered, broke = _DONE.search(said), _COVERED.findall(said), _BROKE.search(said)
    result: dict[str, object] = {
        "codec": typed.codec,
        "seed": typed.seed,
        "runs": int(done[1]) if done else 0,
        "covered": int(covered[-1]) if covered else 0,
        "kept": sum(1 for _ in corpus.iterdir()),
    }
    # Without coverage it would only be throwing dice.
    well = ended.returncode == 0 and done is not None and int(done[1]) >= typed.runs and bool(covered)
    if not well:
        result["violation"] = _kept(Path(broke[1])) if broke else said[-2000:]
    tell(result, as_json=typed.json)
    if not well:
        sys.stderr.write(said[-4000:])
    return 0 if well else 1


def _seeds(codec: str) -> Iterable[bytes]:
    if codec != ALL:
        return SEEDS.get(codec, ())
    return [bytes([at]) + data for at, name in enumerate(TARGETS) for data in SEEDS[name]]


def _kept(broke: Path) -> str:
    """Where the bytes that did it lie now."""
    kept = Path(tempfile.gettempdir()) / f"card-terminal-{broke.name}"
    kept.write_bytes(broke.read_bytes())
    return str(kept)


def _replayed(codec: str, data: bytes) -> int:
    try:
        target(codec)(data)
    except BaseException:  # noqa: BLE001  whatever it raises is what is looked for
        traceback.print_exc()
        return 1
    print("nothing broke")
    return 0
