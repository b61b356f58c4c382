"""The local cloud's package lies beside the scripts, not on Python's path."""

import sys
from pathlib import Path

REPOSITORY = Path(__file__).parents[2]
sys.path.insert(0, str(REPOSITORY / "scripts"))
