"""Craft tests draw the same clips as media tests do, and the same marked footage as watermark tests."""

import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent.parent / "media"))
sys.path.insert(0, str(Path(__file__).parent / "watermark"))
