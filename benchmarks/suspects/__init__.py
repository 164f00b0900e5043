"""Labelled histories for attribution: real repositories, really built, really crashed, with their events.

How it works. A *frame* (frames/) is a small service: its own packages, its own way from a line of input to the
handler. A *template* (notation.py, templates_*.py) is a feature of a service together with one mistake: pieces of Go,
configuration, data, versions of a dependency; then steps, which are small diffs. A *state* (state.py) is the source as
data: which steps are in, what things are called, where they are, what was added in passing; `render` makes files of it.
Every commit is a change of a state (changes.py), so reverts, cherry-picks, merges, renames and moves come out right.
What happens to each feature is in story.py, how it is committed in log.py and plan.py; history.py writes it with
`git fast-import`; proof.py builds and runs the program at the parent of the guilty commit, at that commit, at the
release before and at the release of the crash, and keeps the crash text; events.py lets pushes, builds and deploys
happen. table.py compares `panictrail attribute` with what others do (baselines.py), on histories cut at first seen.

To add templates (kept aside: `templates_kept.py`, `_kept2.py`, `_kept3.py`, `_kept4.py`): a module with `TEMPLATES:
tuple[Template, ...]`, each `Template(name, category, text)` in the notation that notation.py documents
(templates_lines.py has examples), at least two of each category. `generate --templates kept` and `table --kept SEED`
take them. A template is right when `tests/unit/benchmarks_suspects` finds that its steps apply, and the generator
leaves none of its cases out: it runs each truth, and says why one does not show.
"""
