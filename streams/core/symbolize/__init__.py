"""Frames: which are standard library, dependency, or the user's own. Binaries and cores come later."""
