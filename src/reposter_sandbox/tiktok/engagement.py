"""Let posts gather views and likes: more with age, with luck, and with a well-chosen hour."""

from __future__ import annotations

import math
import random
import time
from dataclasses import dataclass

from reposter_sandbox.ledger import Post

GROW_HOURS = 14.0
# Share of the day's audience by UTC hour of posting; the evening is worth five times the small hours.
HOUR_WEIGHTS = (
    0.45, 0.32, 0.25, 0.22, 0.24, 0.34, 0.52, 0.74, 0.88, 0.82, 0.78, 0.86,
    1.08, 1.02, 0.84, 0.82, 0.94, 1.16, 1.42, 1.62, 1.58, 1.30, 0.96, 0.66,
)  # fmt: skip


@dataclass(frozen=True)
class Figures:
    views: int
    likes: int
    comments: int
    shares: int


def figures(post: Post, *, followers: int, seed: int, now_world: float) -> Figures:
    """The same for the same seed, post and world time.

    Growth follows the hurried clock.  The hour is that of `create_time`, a real second, because it is
    the only hour a client can see and learn from.
    """
    luck = random.Random(f"luck {seed} {post.source_video or post.sha256} {post.open_id}")
    hour = time.gmtime(post.published_real).tm_hour
    hours = max(0.0, now_world - post.published_world) / 3_600
    reach = 0.6 * followers * luck.lognormvariate(0, 0.55) * HOUR_WEIGHTS[hour]
    views = round(reach * (1 - math.exp(-hours / GROW_HOURS)))
    likes = round(views * luck.uniform(0.06, 0.13))
    return Figures(views, likes, round(likes * luck.uniform(0.02, 0.06)), round(likes * luck.uniform(0.03, 0.1)))
