"""Where uv is, for tests that build or install packages."""

import os
import shutil

from tests.paths import ROOT

UV = os.environ.get("UV") or shutil.which("uv") or str(ROOT / ".uv/bin/uv")
"""`uv run` says which uv it is."""
