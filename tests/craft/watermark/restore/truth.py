"""Mattes and whereabouts as they truly are in a drawn clip."""

from functools import cache

import numpy as np
from drawing import Drawn, draw_clip, samples_of

from reposter.craft.watermark.mark import Matte, Sighting, Template, Way
from reposter.craft.watermark.picture import Box, Planes

MARGIN = 40


@cache
def clip(**options) -> Drawn:
    """One drawing for every test that asks for the same."""
    return draw_clip(**{"seconds": 6.0, "fps": 15} | options)


def true_matte(drawn: Drawn, place: int, variance: float = 0.0) -> Matte:
    mark, at = drawn.marks[place], drawn.boxes[place]
    box = at.grown(MARGIN, MARGIN, within=drawn.size)
    half = box.halved
    chroma = [np.zeros((half.height, half.width), np.float32) for _ in range(3)]
    inside = at.moved(-box.x0, -box.y0).halved.slices
    for canvas, part in zip(chroma, (mark.half_alpha, mark.added_u, mark.added_v), strict=True):
        canvas[inside] = part
    see_through = 1 - drawn.alpha_in(place, box)
    return Matte(
        box,
        see_through,
        drawn.added_in(place, box),
        np.full_like(see_through, variance),
        1 - chroma[0],
        chroma[1],
        chroma[2],
    )


def true_sighting(drawn: Drawn) -> Sighting:
    samples = samples_of(drawn)
    states = tuple(drawn.states[round(seconds * drawn.fps)] for seconds in samples.times)
    nothing = np.zeros((4, 4), np.float32)
    template = Template(nothing, nothing, nothing > 0)
    presence = np.zeros((len(drawn.boxes), len(states)), np.float32)
    return Sighting(Way.JUMP, drawn.boxes, states, presence, template, 1.0, 1.0, 1.0)


def cut(planes: Planes, box: Box) -> Planes:
    return Planes(planes.y[box.slices], planes.u[box.halved.slices], planes.v[box.halved.slices])
