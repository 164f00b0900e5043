"""The numbers by which signals become a confidence. Data, with how it was made.

`sharpness`: how much a ratio of two commits' weights counts. `none`: the weight that no change at all starts with.
`older`: what is left of a commit's weight for each revision that ran well in between, as crashes are now and then first
seen a revision late. `floor`: the weight of a commit of the range about which nothing speaks.
"""

from __future__ import annotations

from typing import Final

SHARPNESS: Final = 3.0
NONE: Final = 0.2
OLDER: Final = (1.0, 0.65, 0.45, 0.3, 0.2)
FLOOR: Final = 0.004
