"""`python -m lab receipts DIR`: a picture of each receipt, drawn by an interpreter that is not ours.

`python -m lab receipts golden` writes the golden transcripts anew.
"""

from __future__ import annotations

import asyncio
import sys
from pathlib import Path


def main(arguments: list[str]) -> int:
    from lab.receipts.transcripts import write_golden

    if len(arguments) != 1:
        print(__doc__, file=sys.stderr)
        return 2
    if arguments == ["golden"]:
        print(f"{write_golden()} transcripts written: read the difference before it is kept")
        return 0
    folder = Path(arguments[0])
    folder.mkdir(parents=True, exist_ok=True)
    for path in asyncio.run(_pictures(folder)):
        print(path)
    return 0


async def _pictures(folder: Path) -> list[Path]:
    """Printed as a picture, because the interpreter has no Chinese letters of its own."""
    from msgspec.structs import replace

    from lab.receipts.interpreter import interpreter
    from lab.receipts.picture import picture_of
    from lab.receipts.specimens import LANGUAGES, SPECIMENS, WIDTHS
    from terminal.core.receipts import drawn
    from terminal.drivers import tcp_printer
    from terminal.drivers.codecs.escpos import encoded
    from terminal.runtime.clock import SystemClock

    made: list[Path] = []
    for columns in WIDTHS:
        count = 0
        with interpreter(dots=columns * 12) as paper:
            settings = tcp_printer.Settings(host="127.0.0.1", port=paper.port, columns=columns)
            printer = tcp_printer.build("lab", settings, SystemClock())
            for name, specimen in SPECIMENS.items():
                for language in LANGUAGES:
                    page = drawn(specimen.document(language), columns)
                    profile = replace(printer.profile, raster=True)
                    await printer.print(encoded(page, profile, draw=picture_of))
                    path = folder / f"{name}.{language}.{columns}.png"
                    count += 1
                    path.write_bytes(paper.png(paper.wait_for(count)[-1]))
                    made.append(path)
    return made
