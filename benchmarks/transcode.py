"""What our pass costs beside plain ffmpeg with the same encoder, preset and quality.

`python benchmarks/transcode.py [--clip PATH] [--repeats N] [--preset NAME]`. Both sides run as processes of their own,
taking turns; ours includes starting Python, probing, the pass, three stills and the verification of the output.
"""

from __future__ import annotations

import argparse
import json
import statistics
import subprocess
import sys
import tempfile
import time
from fractions import Fraction
from pathlib import Path

import av
import imageio_ffmpeg
import numpy as np

from reposter.craft.convert.plan import Action, Plan
from reposter.craft.render.chain import transcode
from reposter.craft.render.verification import verify_output
from reposter.craft.thumbnails.pick import StillPicker
from reposter.craft.thumbnails.positions import DEFAULT_POSITIONS, parse_positions
from reposter.media.probe import probe
from reposter.media.source import open_source
from reposter.media.writer import Encoding

CRF = 20
DRAWN_SECONDS = 8


def main() -> None:
    options = parse_options()
    if options.ours:
        transcode_ours(Path(options.ours[0]), Path(options.ours[1]), options.preset)
        return
    with tempfile.TemporaryDirectory() as folder:
        clip = options.clip or draw_clip(Path(folder) / "drawn.mp4")
        ours_path, ffmpeg_path = Path(folder) / "ours.mp4", Path(folder) / "ffmpeg.mp4"
        sides = {
            "ours": [sys.executable, __file__, "--preset", options.preset, "--ours", str(clip), str(ours_path)],
            "ffmpeg": ffmpeg_command(clip, ffmpeg_path, options.preset),
        }
        seconds = measure(sides, options.repeats)
        show(clip, seconds, ours_path, ffmpeg_path)


def parse_options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--clip", type=Path, help="a real clip; without it one is drawn")
    parser.add_argument("--repeats", type=int, default=3)
    parser.add_argument("--preset", default="medium")
    parser.add_argument("--ours", nargs=2, metavar=("IN", "OUT"), help=argparse.SUPPRESS)
    return parser.parse_args()


def transcode_ours(clip: Path, output: Path, preset: str) -> None:
    info = probe(clip)
    plan = Plan(Action.TRANSCODE, ("benchmark",), (info.video.width, info.video.height))
    stills = StillPicker(parse_positions(DEFAULT_POSITIONS, info.duration_seconds))
    with open_source(clip) as source:
        passed = transcode(
            source, plan, Encoding(preset, CRF), output, effects=(), stills=stills, on_frame=lambda done: None
        )
    verify_output(output, plan, info, passed)
    assert len(stills.stills()) == 3


def ffmpeg_command(clip: Path, output: Path, preset: str) -> list[str]:
    return [
        *(imageio_ffmpeg.get_ffmpeg_exe(), "-y", "-nostdin", "-loglevel", "error", "-i", str(clip)),
        *("-c:v", "libx264", "-preset", preset, "-crf", str(CRF), "-pix_fmt", "yuv420p", "-fps_mode", "passthrough"),
        *("-c:a", "copy", "-movflags", "+faststart", str(output)),
    ]


def measure(sides: dict[str, list[str]], repeats: int) -> dict[str, list[float]]:
    seconds: dict[str, list[float]] = {name: [] for name in sides}
    for _ in range(repeats):
        for name, command in sides.items():
            started = time.perf_counter()
            subprocess.run(command, check=True)
            seconds[name].append(time.perf_counter() - started)
    return seconds


def show(clip: Path, seconds: dict[str, list[float]], ours: Path, ffmpeg: Path) -> None:
    with av.open(str(ours)) as container:
        frames = container.streams.video[0].frames
    medians = {name: statistics.median(values) for name, values in seconds.items()}
    print(f"{clip.name}: {frames} frames, medians of {len(seconds['ours'])} turns")
    print(f"{'':10}{'seconds':>10}{'frames/s':>10}{'bytes':>12}")
    for name, path in (("ours", ours), ("ffmpeg", ffmpeg)):
        print(f"{name:10}{medians[name]:>10.2f}{frames / medians[name]:>10.0f}{path.stat().st_size:>12,}")
    result = {
        "bench": "transcode",
        "ours_seconds": round(medians["ours"], 3),
        "ffmpeg_seconds": round(medians["ffmpeg"], 3),
        "ratio": round(medians["ours"] / medians["ffmpeg"], 3),
        "frames": frames,
        "clip": clip.name,
    }
    print(json.dumps(result))


def draw_clip(path: Path) -> Path:
    """A soft moving landscape with grain, 720×1280 at 30 frames a second: about as hard to encode as a phone clip."""
    random = np.random.default_rng(7)
    grain = [random.normal(0, 3, (1280, 720)).astype(np.float32) for _ in range(8)]
    rows, columns = np.mgrid[0:1280, 0:720].astype(np.float32)
    with av.open(str(path), "w") as container:
        video = container.add_stream(
            "libx264", rate=30, width=720, height=1280, options={"preset": "veryfast", "crf": "16"}
        )
        for index in range(DRAWN_SECONDS * 30):
            waves = np.sin(rows / 37 + index / 9) + np.sin(columns / 23 - index / 13) + np.sin((rows + columns) / 61)
            luma = np.clip(128 + 32 * waves + grain[index % 8], 16, 235).astype(np.uint8)
            chroma = np.full((640, 720), 128, np.uint8)
            frame = av.VideoFrame.from_ndarray(np.vstack([luma, chroma]), format="yuv420p")
            frame.pts, frame.time_base = index, Fraction(1, 30)
            container.mux(video.encode(frame))
        container.mux(video.encode(None))
    return path


if __name__ == "__main__":
    main()
