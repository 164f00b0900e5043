"""How much of a repository is read, whether it is one of git or a plain folder: both say the same of the same files."""

from __future__ import annotations

import re
from typing import Final

MAX_GO_MOD_BYTES: Final = 64 * 1024
MAX_GO_MODS: Final = 500
# Revisions before one.
MAX_HISTORY: Final = 200
# Code of others, and of nobody.
VENDORED: Final = re.compile(r"(?:^|/)(?:vendor|testdata|node_modules)/")
