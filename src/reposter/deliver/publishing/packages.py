"""A package with which a person posts by hand: file, cover, caption, credits and what to do, as one zip.

The same facts make the same bytes. Nothing is compressed (video does not shrink), and nothing large is held in memory.
"""

from __future__ import annotations

import re
import secrets
import shutil
import zipfile
from dataclasses import dataclass
from pathlib import Path

from reposter.kit.files import disk_full_as_error, move_into_place
from reposter.vocabulary.rights import Basis

PIECE_BYTES = 1 << 20
EARLIEST = (1980, 1, 1, 0, 0, 0)  # the first moment that zip knows: no clock in the bytes
FILE_MODE = 0o100644 << 16
UNIX = 3
CONTROLS = re.compile(r"[\x00-\x08\x0b-\x1f\x7f\u2028-\u202e\u2066-\u2069]")  # and what turns text around

LICENCE = {
    Basis.OWN: "The videos of this source are your own.",
    Basis.LICENSED: "The videos of this source are used under a licence.",
    Basis.PERMISSION: "The author has permitted the use of these videos.",
    Basis.PUBLIC_DOMAIN: "The videos of this source are in the public domain.",
    Basis.UNKNOWN: "Nobody has said on what ground this video may be used. Do not post it.",
}
README = """\
1. Unpack this file on your phone, or send video.mp4 to it.
2. Open TikTok, add a post and choose video.mp4.
3. Paste the text of caption.txt as the description; use cover.jpg as the cover if it is here.
4. Keep the credits of credits.txt in the description where the author asks for them.
5. Choose who may see it and what it discloses, then post.
6. Back in Reposter, mark the post as posted with its link, so that its views are counted.
"""


@dataclass(frozen=True)
class Package:
    """What goes into it. Texts may hold anything; they are other people's."""

    video_path: Path
    cover_path: Path | None
    caption: str
    author: str
    source_url: str
    basis: Basis
    evidence: str


def write_package(package: Package, path: Path) -> None:
    """Write the zip at `path`: whole, or not at all.

    Raises:
        StorageExhausted: the disk is full.
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    temporary = path.with_name(f".{path.name}.{secrets.token_hex(4)}.part")  # the same may be packed twice at once
    try:
        with disk_full_as_error(path), zipfile.ZipFile(temporary, "w", zipfile.ZIP_STORED) as archive:
            _add_text(archive, "README.txt", README)
            _add_text(archive, "caption.txt", CONTROLS.sub("", package.caption) + "\n")
            _add_text(archive, "credits.txt", credits_of(package))
            if package.cover_path:
                _add_file(archive, "cover.jpg", package.cover_path)
            _add_file(archive, "video.mp4", package.video_path)
        move_into_place(temporary, path)
    finally:
        temporary.unlink(missing_ok=True)


def credits_of(package: Package) -> str:
    """One fact a line; a text with line breaks cannot pass for another fact."""
    facts = {
        "Author": package.author,
        "Source": package.source_url,
        "Ground of use": package.basis.value,
        "Evidence": package.evidence or "none was given",
        "Licence": LICENCE[package.basis],
    }
    return "".join(f"{name}: {_one_line(text)}\n" for name, text in facts.items())


def _one_line(text: str) -> str:
    return " ".join(CONTROLS.sub(" ", text).split())


def _add_text(archive: zipfile.ZipFile, name: str, text: str) -> None:
    archive.writestr(_entry(name), text.encode("utf-8", "replace"))


def _add_file(archive: zipfile.ZipFile, name: str, path: Path) -> None:
    entry = _entry(name)
    entry.file_size = path.stat().st_size  # above 2 GiB it becomes a large entry
    with path.open("rb") as source, archive.open(entry, "w") as goal:
        shutil.copyfileobj(source, goal, PIECE_BYTES)


def _entry(name: str) -> zipfile.ZipInfo:
    entry = zipfile.ZipInfo(name, EARLIEST)
    entry.create_system, entry.external_attr = UNIX, FILE_MODE
    return entry
