"""The floor under draining: a client of the standard library alone, and a server that takes all it is sent.

    python -m bench.floor_drain serve             prints its port; answers HELLO and PUSH of any site
    python -m bench.floor_drain drain PATH PORT   sends the journal in PATH by sqlite3, json and http.client

The client does what a careful one must: it reads the rows, sends their bytes in base64 with the hash chain's
ends, and believes nothing but the answer. It keeps no TLS and signs nothing, as the product's bench does not.
"""

from __future__ import annotations

import asyncio
import base64
import http.client
import json
import sqlite3
import sys
import time
from collections.abc import Mapping
from contextlib import closing
from typing import Any

BATCH = 100


async def _answered(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    acked = 0
    try:
        while True:
            head = await reader.readuntil(b"\r\n\r\n")
            lines = head.decode().split("\r\n")
            length = next(
                int(one.split(":")[1]) for one in lines if one.lower().startswith("content-length:")
            )
            asked = json.loads(await reader.readexactly(length))
            if "/hello" in lines[0]:
                acked = 0
                said = {
                    "type": "welcome",
                    "hq_epoch": 1,
                    "epoch": 1,
                    "instance": asked["instance"],
                    "instance_no": 1,
                    "nonce": "n",
                    "acked": 0,
                    "head": "0" * 64,
                    "hq_time": time.time_ns() // 1_000_000,
                }
            else:
                acked = asked["start"] + len(asked["bodies"])
                said = {"type": "ack", "hq_epoch": 1, "epoch": 1, "acked": acked, "nonce": "n"}
            body = json.dumps(said).encode()
            writer.write(b"HTTP/1.1 200 OK\r\nContent-Length: %d\r\n\r\n" % len(body) + body)
            await writer.drain()
    except (asyncio.IncompleteReadError, ConnectionError):
        writer.close()


async def _serve() -> None:
    async with await asyncio.start_server(_answered, "127.0.0.1", 0, limit=1 << 24) as server:
        print(server.sockets[0].getsockname()[1], flush=True)
        await server.serve_forever()


def _drain(path: str, port: int) -> dict[str, float]:
    """Processor microseconds a row, and the wall's."""
    with closing(sqlite3.connect(path)) as ledger:
        head_seq, head_hash = ledger.execute(
            "SELECT seq, hash FROM entries ORDER BY seq DESC LIMIT 1"
        ).fetchone()
        begun, wall = time.process_time(), time.perf_counter()
        line = http.client.HTTPConnection("127.0.0.1", port)
        site = {"merchant": "m", "site": "S1", "instance": "i1"}
        acked, before = 0, "0" * 64
        nonce = _asked(line, "/v1/hello", site)["nonce"]
        while acked < head_seq:
            rows = ledger.execute(
                "SELECT body, hash FROM entries WHERE seq > ? ORDER BY seq LIMIT ?", (acked, BATCH)
            ).fetchall()
            answer = _asked(
                line,
                "/v1/push",
                {
                    **site,
                    "hq_epoch": 1,
                    "epoch": 1,
                    "nonce": nonce,
                    "start": acked,
                    "before": before,
                    "bodies": [base64.b64encode(body).decode() for body, _ in rows],
                    "after": rows[-1][1].hex(),
                    "head_seq": head_seq,
                    "head_hash": head_hash.hex(),
                },
            )
            acked, nonce, before = answer["acked"], answer["nonce"], rows[-1][1].hex()
    return {
        "cpu_us": 1e6 * (time.process_time() - begun) / head_seq,
        "wall_us": 1e6 * (time.perf_counter() - wall) / head_seq,
        "rows": head_seq,
    }


def _asked(line: http.client.HTTPConnection, path: str, question: Mapping[str, object]) -> dict[str, Any]:
    line.request("POST", path, json.dumps(question), {"Content-Type": "application/json"})
    answer: dict[str, Any] = json.loads(line.getresponse().read())
    return answer


if __name__ == "__main__":
    if sys.argv[1] == "serve":
        asyncio.run(_serve())
    else:
        print(json.dumps(_drain(sys.argv[2], int(sys.argv[3]))))
