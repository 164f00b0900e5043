"""The numbers by which the weights of signals become a confidence: data, with how it was made.

A commit's weight w is 0..1 (rank.strength), times OLDER for each revision that ran well in between: now and then a
crash is first seen a revision late. Its share is w^SHARE over the sum of all; that any change is guilty has the
probability W^CERTAIN / (W^CERTAIN + NONE^CERTAIN) of the greatest weight W. The confidence is the product.

Made by a grid over SHARE, CERTAIN, NONE and two tables OLDER on four sets, 319 labelled crashes: generated histories
of three sets (`benchmarks.suspects.generate`; templates open twice, kept aside once) and the development corpus; and
on the weights that the engine gave to the kept set before it had seen any of it, the only sample of mistakes that
nobody had thought of. Of the settings with a precision of at least 0.97 from confidence 0.9 on in each set and 0.9 in
that sample, and at most two of sixteen unchanged crashes named, one with a low pooled Brier score (0.06; the least is
0.057); NONE a little higher than the least asks for, as no kept crash without a guilty change is named then. Before
that sample was used the numbers were 4, 5, 0.27: precision 0.86 in it, 0.90 now, with 0.35 of the crashes covered.
Leaving one set out, the least pooled Brier score of the others, unconstrained, gave 0.03 (kept), 0.09, 0.04 (open),
0.01 (corpus) and 0.12 (the sample: top-1 0.75). The weights of rules were set by hand with all four sets in view, so
that only the sample says what to expect of unseen kinds of mistakes.
"""

from __future__ import annotations

from typing import Final

SHARE: Final = 6.0
CERTAIN: Final = 3.0
NONE: Final = 0.28
OLDER: Final = (1.0, 0.75, 0.55, 0.4, 0.3)
# Of a commit of the range about which nothing speaks.
FLOOR: Final = 0.004
# No confidence is higher where no frame was found, where older history is cut off, or where the range is not whole.
NOWHERE: Final = 0.4
CUT_OFF: Final = 0.8
