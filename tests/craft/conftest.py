"""Craft tests draw the same clips as media tests do."""

import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent.parent / "media"))
