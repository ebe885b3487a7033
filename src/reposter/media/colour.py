"""Which colours an output carries: the source's own tags, or BT.709 where HDR becomes SDR."""

from __future__ import annotations

from dataclasses import dataclass

from av.video.codeccontext import VideoCodecContext
from av.video.reformatter import ColorTrc

HDR_TRANSFERS = {int(ColorTrc.SMPTE2084), int(ColorTrc.ARIB_STD_B67)}
BT709 = 1
NOT_TOLD = 2
# swscale maps tones when it is told where to go; "perceptual" keeps the highlights that fixed clipping would lose.
TO_SDR = "out_transfer=bt709:out_primaries=bt709:out_color_matrix=bt709:intent=perceptual"


@dataclass(frozen=True)
class Colours:
    """Tags as numbers of ITU-T H.273; 2 is "not told"."""

    primaries: int = NOT_TOLD
    transfer: int = NOT_TOLD
    matrix: int = NOT_TOLD


SDR = Colours(BT709, BT709, BT709)


def is_hdr(decoder: VideoCodecContext) -> bool:
    return int(decoder.color_trc) in HDR_TRANSFERS


def output_colours(decoder: VideoCodecContext) -> Colours:
    if is_hdr(decoder):
        return SDR
    return Colours(int(decoder.color_primaries), int(decoder.color_trc), int(decoder.colorspace))
