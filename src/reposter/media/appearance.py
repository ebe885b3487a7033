"""What a file that is no video looks like, told from its first bytes."""

from __future__ import annotations

import json
from pathlib import Path

HEAD_BYTES = 2048
MAGIC: tuple[tuple[bytes, str], ...] = (
    (b"\xff\xd8\xff", "a JPEG image"),
    (b"\x89PNG", "a PNG image"),
    (b"GIF8", "a GIF image"),
    (b"BM", "a bitmap image"),
    (b"%PDF", "a PDF document"),
    (b"PK\x03\x04", "a ZIP archive"),
    (b"\x1f\x8b", "a gzip archive"),
    (b"ID3", "an MP3 sound file"),
    (b"OggS", "an Ogg sound file"),
    (b"fLaC", "a FLAC sound file"),
    (b"#EXTM3U", "a playlist (HLS), which only names other files"),
    (b"ffconcat", "a concat list, which only names other files"),
    (b"v=0", "a stream description (SDP), which only names other files"),
)


def looks_like(path: Path) -> str:
    """Half a sentence after "it looks like", for example "an HTML page"."""
    with path.open("rb") as file:
        return describe_head(file.read(HEAD_BYTES))


def describe_head(head: bytes) -> str:
    if not head.strip(b"\0"):
        return "an empty file" if not head else "nothing but zeros"
    if head[4:8] in (b"ftyp", b"moov", b"mdat") or head[:4] == b"\x1aE\xdf\xa3":
        return "a video that was cut short or damaged: its index cannot be read"
    if head[:4] == b"RIFF":
        return "a WebP image" if head[8:12] == b"WEBP" else "a RIFF file without a readable picture track"
    for magic, name in MAGIC:
        if head.startswith(magic):
            return name
    return _describe_text(head) or "no video format that we know"


def _describe_text(head: bytes) -> str:
    try:
        text = head.decode("utf-8-sig", errors="strict" if len(head) < HEAD_BYTES else "ignore").strip()
    except UnicodeDecodeError:
        return ""
    if not all(sign.isprintable() or sign.isspace() for sign in text):
        return ""
    start = text[:200].lower()
    if start.startswith(("<!doctype html", "<html")) or "<body" in start or "<head" in start:
        return "an HTML page, so perhaps a login or error page was saved instead of the video"
    if start.startswith(("<?xml", "<mpd")):
        return "an XML document"
    if start[:1] in ("{", "[") and _is_json(text, is_whole=len(head) < HEAD_BYTES):
        return "a JSON answer, so perhaps a service's error was saved instead of the video"
    return "plain text"


def _is_json(text: str, *, is_whole: bool) -> bool:
    if not is_whole:
        return True
    try:
        json.loads(text)
    except ValueError:
        return False
    return True
