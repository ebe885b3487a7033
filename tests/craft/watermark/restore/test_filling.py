"""The fill with its weights worked out beforehand."""

import numpy as np

from reposter.craft.watermark.estimate.fill import smooth_fill
from reposter.craft.watermark.restore.filling import Filler


def test_it_is_the_see_through_fill_for_any_picture():
    random = np.random.default_rng(3)
    weight = random.uniform(0, 1, (61, 90)).astype(np.float32)
    weight[20:40, 30:60] = 0
    filler = Filler(weight)
    for _ in range(2):
        picture = random.uniform(0, 255, weight.shape).astype(np.float32)
        assert np.allclose(filler.fill(picture), smooth_fill(picture, weight), atol=0.01)
