"""Says without a reference whether a removal left the picture better than it found it."""

from reposter.craft.watermark.judge.measures import Gauge
from reposter.craft.watermark.judge.running import RunningJudge
from reposter.craft.watermark.judge.trial import Mend, judge, try_out
from reposter.craft.watermark.judge.verdict import Evidence, judgement_of

__all__ = ["Evidence", "Gauge", "Mend", "RunningJudge", "judge", "judgement_of", "try_out"]
