"""Watermark tests, in folders too, draw the same footage."""

import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent))
