"""The second pass as an effect on frames: takes the mark away, and keeps count of what it touched."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Protocol

import numpy as np
from av.video.frame import VideoFrame

from reposter.craft.watermark.mark import Matte, Segment, Shown
from reposter.craft.watermark.picture import U8, Box, Planes
from reposter.craft.watermark.restore.fusion import Restored, Restorer
from reposter.craft.watermark.restore.inpaint import Inpainter
from reposter.craft.watermark.restore.pictures import Bare
from reposter.craft.watermark.restore.stays import Stays
from reposter.craft.watermark.samples import luma_of
from reposter.media.frames import TimedFrame


class Witness(Protocol):
    """Looks at some of the mended places, before and after, to judge the whole."""

    def wants(self, place: int, strength: float) -> bool: ...

    def box_of(self, place: int) -> Box: ...

    def see(self, place: int, before: U8, after: U8) -> None: ...


class Whereabouts(Protocol):
    """Says where the mark stands in a frame; asked in order of time."""

    def shown(self, seconds: float, luma: U8) -> tuple[Shown, ...]: ...


class BarePictures(Protocol):
    """Knows what a place looks like without the mark, at other moments; the same objects for a whole stay."""

    def of(self, place: int, seconds: float, box: Box) -> Bare: ...


@dataclass(frozen=True)
class Touched:
    """What was changed: frames, luma pixels in all of them, and when at which place."""

    frames: int
    pixels: int
    segments: tuple[Segment, ...]


class MarkRemoval:
    """Mends every frame with the mark; any other passes as it is. One object is for one pass.

    A frame that is mended gets buffers of its own first, since the decoder still builds others on what it gave out.
    """

    name = "watermark_removal"

    def __init__(
        self,
        mattes: Sequence[Matte],
        whereabouts: Whereabouts,
        references: BarePictures,
        *,
        may_inpaint: bool = False,
        witness: Witness | None = None,
    ) -> None:
        self._whereabouts = whereabouts
        self._references = references
        self._restorers = [Restorer(matte) for matte in mattes]
        self._inpainters = [Inpainter(one) if may_inpaint and one.box is not None else None for one in self._restorers]
        self._witness = witness
        self._before: dict[int, Restored] = {}
        self._stays = Stays()
        self._frames = 0
        self._pixels = 0

    def apply(self, frames: Iterator[TimedFrame]) -> Iterator[TimedFrame]:
        for frame in frames:
            seconds = float(frame.start)
            shown = tuple(
                one
                for one in self._whereabouts.shown(seconds, luma_of(frame.image))
                if self._restorers[one.place].box is not None
            )
            self._stays.add(seconds, shown)
            self._forget_others(shown)
            if shown:
                self._mend(frame.image, seconds, shown)
            self._stays.end(float(frame.end))
            yield frame

    @property
    def touched(self) -> Touched:
        """So far."""
        return Touched(self._frames, self._pixels, self._stays.segments())

    def _mend(self, image: VideoFrame, seconds: float, shown: tuple[Shown, ...]) -> None:
        image.make_writable()
        planes = _planes_of(image)
        self._frames += 1
        for one in shown:
            box = self._box_to_witness(one)
            before = planes.y[box.slices].copy() if box else None
            self._mend_place(planes, seconds, one)
            if box and before is not None and self._witness is not None:
                self._witness.see(one.place, before, planes.y[box.slices].copy())

    def _forget_others(self, shown: tuple[Shown, ...]) -> None:
        """A place that was left, if only for a frame, begins anew."""
        here = {one.place for one in shown}
        self._before = {place: restored for place, restored in self._before.items() if place in here}
        for place, inpainter in enumerate(self._inpainters):
            if inpainter is not None and place not in here:
                inpainter.forget()

    def _box_to_witness(self, shown: Shown) -> Box | None:
        if self._witness is None or not self._witness.wants(shown.place, shown.strength):
            return None
        return self._witness.box_of(shown.place)

    def _mend_place(self, planes: Planes, seconds: float, shown: Shown) -> None:
        restorer, inpainter = self._restorers[shown.place], self._inpainters[shown.place]
        if restorer.box is None:
            return
        full, half = restorer.box.slices, restorer.box.halved.slices
        seen = Planes(planes.y[full], planes.u[half], planes.v[half])
        references = self._references.of(shown.place, seconds, restorer.box)
        restored = restorer.restore(seen, shown.strength, references, self._before.get(shown.place))
        if inpainter is not None:
            restored = inpainter.inpaint(restored)
        self._before[shown.place] = restored
        mended = restored.planes
        planes.y[full], planes.u[half], planes.v[half] = mended.y, mended.u, mended.v
        self._pixels += restorer.pixels


def _planes_of(image: VideoFrame) -> Planes:
    """The pixels of a writable frame, without a copy."""
    width, height = image.width, image.height
    return Planes(
        _plane(image, 0, width, height),
        _plane(image, 1, width // 2, height // 2),
        _plane(image, 2, width // 2, height // 2),
    )


def _plane(image: VideoFrame, number: int, width: int, height: int) -> U8:
    plane = image.planes[number]
    return np.frombuffer(memoryview(plane), np.uint8).reshape(-1, plane.line_size)[:height, :width]
