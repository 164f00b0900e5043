"""The numbers by which the weights of signals become a confidence: data, with how it was made.

A commit's weight w is 0..1 (rank.strength), times OLDER for each revision that ran well in between: now and then a
crash is first seen a revision late. Its share is w^SHARE over the sum of all; that any change is guilty has the
probability W^CERTAIN / (W^CERTAIN + NONE^CERTAIN) of the greatest weight W. The confidence is the product.

Made by a grid over SHARE, CERTAIN, NONE and three tables OLDER on seven sets, 581 labelled crashes: generated histories
of six sets (`benchmarks.suspects.generate`; templates open three times, kept aside once, the second kept-aside ones
twice) and the development corpus; and on the weights that the engine gave to the second kept-aside sets before it had
seen any of it (176 crashes, top-1 0.81), the only sample of mistakes that nobody had thought of. Of the settings with
no set's Brier score above what it was, a precision of at least 0.98 from confidence 0.9 on in each set and at most 1
of 12 unchanged crashes named, one with a low pooled Brier score (0.039) and confidence 0.9 in 0.63 of the crashes. In
that sample it gives 0.16, 0.90 and 0.51; no setting gave it less than 0.148, and a precision of 0.97 only with a
coverage of at most 0.38: what puts a wrong change first there is its weight, not how that becomes a confidence. Before
that sample was used the numbers were 6, 3, 0.28. Leaving one repository out, the least pooled Brier score of the
others gave 0.038 and a precision of 0.98 on it; leaving one set of templates out 0.02 (kept), 0.02 (second kept), 0.04
to 0.07 (open), 0.01 (corpus). Both name more unchanged crashes (14 of 104) than this setting (6). The weights of rules
were set by hand with all these sets in view, so that only the sample says what to expect of unseen kinds of mistakes.
"""

from __future__ import annotations

from typing import Final

SHARE: Final = 4.0
CERTAIN: Final = 5.0
NONE: Final = 0.28
OLDER: Final = (1.0, 0.75, 0.55, 0.4, 0.3)
# Of a commit of the range about which nothing speaks.
FLOOR: Final = 0.004
# No confidence is higher where no frame was found, where older history is cut off, or where the range is not whole.
NOWHERE: Final = 0.4
CUT_OFF: Final = 0.8
