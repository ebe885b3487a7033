"""Detection tests draw clips that look marked and are not."""

import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent))
