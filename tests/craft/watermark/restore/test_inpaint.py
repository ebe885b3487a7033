"""What is put where nothing shines through."""

import cv2
import numpy as np
from drawing import blend
from truth import clip, cut, true_matte

from reposter.craft.watermark.restore.fusion import Restorer
from reposter.craft.watermark.restore.inpaint import Inpainter


def opaque_clip(**options):
    return clip(opacity=1.0, shadow=0.0, speed=60.0, grain=0.5, **options)


def play(drawn, place, frames):
    """(fusion alone, with inpainting, clean) of each frame."""
    restorer = Restorer(true_matte(drawn, place))
    inpainter = Inpainter(restorer)
    for index in frames:
        seen = cut(blend(drawn.clean[index], drawn.marks[place], drawn.boxes[place]), restorer.box)
        restored = restorer.restore(seen, 1.0)
        yield inpainter, seen, restored, inpainter.inpaint(restored), cut(drawn.clean[index], restorer.box)


def mean_square(picture, clean, mask):
    return float(((picture.astype(float) - clean)[mask] ** 2).mean())


def test_it_is_better_than_a_still_inpainting():
    drawn = opaque_clip()
    of_still, of_moving = [], []
    for inpainter, seen, _, inpainted, clean in play(drawn, 1, range(30)):
        mask = cv2.dilate(inpainter.opaque.astype(np.uint8), np.ones((5, 5), np.uint8))
        still = cv2.inpaint(seen.y, mask, 5, cv2.INPAINT_NS)
        of_still.append(mean_square(still, clean.y, inpainter.opaque))
        of_moving.append(mean_square(inpainted.planes.y, clean.y, inpainter.opaque))
    assert np.mean(of_moving[3:]) < np.mean(of_still[3:])


def test_what_was_seen_before_helps():
    drawn = opaque_clip()
    alone, together = [], []
    for inpainter, _, restored, inpainted, clean in play(drawn, 1, range(30)):
        alone.append(mean_square(restored.planes.y, clean.y, inpainter.opaque))
        together.append(mean_square(inpainted.planes.y, clean.y, inpainter.opaque))
    assert np.mean(together[3:]) < 0.8 * np.mean(alone[3:])


def test_only_opaque_pixels_are_guessed():
    drawn = opaque_clip()
    for inpainter, _, restored, inpainted, _ in play(drawn, 1, range(3)):
        clear = ~inpainter.opaque
        assert inpainter.opaque.any()
        assert np.array_equal(inpainted.planes.y[clear], restored.planes.y[clear])
        assert np.array_equal(inpainted.deviation[clear], restored.deviation[clear])


def test_a_new_stay_begins_without_the_old_picture():
    inpainter, _, restored, inpainted, _ = list(play(opaque_clip(), 1, range(3)))[-1]
    assert not np.array_equal(inpainted.planes.y, restored.planes.y)
    inpainter.forget()
    assert inpainter.inpaint(restored) is restored


def test_a_see_through_mark_is_left_to_the_fusion():
    drawn = clip()
    restorer = Restorer(true_matte(drawn, 0))
    restored = restorer.restore(cut(drawn.marked[0], restorer.box), 1.0)
    inpainter = Inpainter(restorer)
    assert inpainter.inpaint(restored) is restored
    assert inpainter.inpaint(restored) is restored
