"""How much memory an upload takes: `python -m benchmarks.upload_memory [--mib N]`, one line of JSON.

The real publisher sends a sparse file of that size to a server on loopback that throws the bytes away. Measured is the
peak of a child process that does nothing else, over what it had before it began; checking the file's hash is included.
"""

from __future__ import annotations

import argparse
import hashlib
import json
import resource
import subprocess
import sys
import tempfile
import threading
import time
from datetime import UTC, datetime
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import httpx

from reposter.deliver.publishing.journal import Journal
from reposter.deliver.publishing.order import PostOrder, StepState
from reposter.deliver.publishing.service import send
from reposter.deliver.publishing.tiktok import TikTokPublisher
from reposter.kit.crypto import Vault
from reposter.kit.database import Database, Table
from reposter.vendors.tiktok.client import TikTokClient
from reposter.vendors.tiktok.posting import PostingChoices, Route

PIECE_BYTES = 1 << 18
SEED_CHUNK = bytes(1 << 20)


class Discard(BaseHTTPRequestHandler):
    """Opens an upload, takes every chunk and keeps nothing but the count."""

    protocol_version = "HTTP/1.1"

    def do_GET(self) -> None:
        self._answer(404, b"")

    def do_POST(self) -> None:
        self.rfile.read(int(self.headers["Content-Length"]))
        upload_url = f"http://127.0.0.1:{self.server.server_address[1]}/upload"
        data = {"publish_id": "v_inbox_file~v2.1", "upload_url": upload_url}
        body = json.dumps({"data": data, "error": {"code": "ok", "message": "", "log_id": "1"}}).encode()
        self._answer(200, body)

    def do_PUT(self) -> None:
        left = int(self.headers["Content-Length"])
        while left:
            left -= len(self.rfile.read(min(left, PIECE_BYTES)))
        last, total = self.headers["Content-Range"].removeprefix("bytes ").partition("-")[2].split("/")
        self.server.taken_bytes = int(last) + 1  # type: ignore[attr-defined]  # our own mark on the server
        self._answer(201 if int(last) + 1 == int(total) else 206, b"")

    def _answer(self, status: int, body: bytes) -> None:
        self.send_response(status)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_args: object) -> None:
        pass


def measure(size_bytes: int) -> dict[str, object]:
    """Upload a file of zeros of that size from a child process."""
    server = ThreadingHTTPServer(("127.0.0.1", 0), Discard)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "video.mp4"
        with path.open("wb") as file:
            file.truncate(size_bytes)
        command = [sys.executable, "-m", __name__.replace("__main__", "benchmarks.upload_memory"), "--child"]
        command += [str(path), f"http://127.0.0.1:{server.server_address[1]}"]
        done = subprocess.run(command, capture_output=True, text=True, check=True, cwd=Path(__file__).parents[1])
    server.shutdown()
    server.server_close()
    return {"bench": "upload_memory", "taken_bytes": server.taken_bytes, **json.loads(done.stdout)}  # type: ignore[attr-defined]


def upload(path: Path, base_url: str) -> dict[str, object]:
    """In the child: everything between a due post and its last byte, and what it cost."""
    database = Database("sqlite://")
    Table.metadata.create_all(database.engine)
    size_bytes, digest = path.stat().st_size, _hash_of_zeros(path.stat().st_size)
    with httpx.Client(timeout=60) as http:
        http.get(base_url + "/nothing")  # what the first call loads is no upload
        before_kib = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
        started = time.monotonic()
        step = send(
            PostOrder("1", "@a", path, digest, size_bytes, 12.0, "", PostingChoices(), Route.INBOX),
            journal=Journal(database, Vault(bytes(32))),
            publisher=TikTokPublisher(TikTokClient(base_url, http), lambda _refused: "token"),
            now=lambda: datetime.now(UTC),
            commit_guard=lambda _session: None,
            settle=lambda _session, _outcome: None,
        )
    assert step.state is StepState.COMMITTING, step
    return {
        "size_bytes": size_bytes,
        "before_mib": before_kib / 1024,
        "raised_mib": (resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before_kib) / 1024,
        "seconds": round(time.monotonic() - started, 2),
    }


def _hash_of_zeros(size_bytes: int) -> str:
    digest = hashlib.sha256()
    for _ in range(size_bytes // len(SEED_CHUNK)):
        digest.update(SEED_CHUNK)
    digest.update(SEED_CHUNK[: size_bytes % len(SEED_CHUNK)])
    return digest.hexdigest()


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--mib", type=int, default=1024)
    parser.add_argument("--child", nargs=2, metavar=("FILE", "URL"), help=argparse.SUPPRESS)
    options = parser.parse_args()
    figures = upload(Path(options.child[0]), options.child[1]) if options.child else measure(options.mib << 20)
    print(json.dumps(figures))


if __name__ == "__main__":
    main()
