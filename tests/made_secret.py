"""A token of the shape that GitHub gives out, which never was one: no text that we keep may have it."""

from __future__ import annotations

from typing import Final

TOKEN: Final = "ghp_" + "a1B2c3D4e5F6g7H8i9J0k1L2m3N4o5P6q7R8"
