"""Where the tests find the project's files, however deep they stand themselves."""

from pathlib import Path
from typing import Final

ROOT: Final = Path(__file__).parents[1]
"""The checkout."""
TEST_DATA: Final = ROOT / "tests" / "data"
STYLES_DIR: Final = ROOT / "styles"
