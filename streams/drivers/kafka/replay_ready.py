"""Making a replay ready to be adopted: it has caught up, and has the crashes that its range left out.

In: a Cluster, the adopted pipeline and the one to adopt. Out: nothing is behind any more, or BadInput that says which
group is, with the next step.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

from streams.drivers.kafka.caught_up import Behind, CatchUp, input_ends
from streams.drivers.kafka.client import Cluster
from streams.drivers.kafka.names import Names
from streams.drivers.kafka.replay import Show, wait
from streams.drivers.kafka.replay_kept import Kept
from streams.drivers.kafka.replay_merge import Merged, counted, merge
from streams.drivers.kafka.worker import VIEW
from streams.model.errors import BadInput
from streams.topology import Stage


def stages_of(stages: Sequence[Stage], *, view: bool) -> tuple[Stage, ...]:
    """Those that have to have caught up; `view` where there is a database.

    Not `notify`: reports that an adoption sends again are no news, and wait for whoever tells people.
    """
    left_out = {"collect", "notify"} | (set() if view else {VIEW})
    return tuple(stage for stage in stages if stage.name not in left_out)


async def caught_up(
    cluster: Cluster, names: Names, stages: Sequence[Stage], show: Show
) -> tuple[str, ...]:
    """Wait until everything is worked out that has come in by now; the groups that nobody works in then.

    Raises BadInput where a group is behind and nobody works in it.
    """
    inputs = await input_ends(cluster, names, stages)
    asked = CatchUp(cluster, names, stages, inputs)
    await wait(asked, _watched(names, show))
    return asked.idle


def _watched(names: Names, show: Show) -> Callable[[Behind], None]:
    def shown(behind: Behind) -> None:
        if not behind.at_work:
            worker = "" if names.is_default else f" --as {names.name}"
            message = (
                f"{behind.group} is {behind.records} records behind and nobody works in it: "
                f"panictrail worker all{worker}, then again"
            )
            raise BadInput(message)
        show(behind)

    return shown


async def fill_up(
    cluster: Cluster,
    pipelines: tuple[Names, Names],
    stages: Sequence[Stage],
    kept: Kept | None,
    show: Show,
) -> Merged:
    """Give a replay what its range left out and the adopted pipeline has counted: `pipelines`, the adopted one first.

    In this order: what the source counted is noted first, and the replay then catches up with whatever had come in
    by then. A crash that it has not counted after that it will not count by itself.
    """
    source, target = pipelines
    await caught_up(cluster, source, stages, show)
    theirs = await counted(cluster, source)
    await caught_up(cluster, target, stages, show)
    missing = theirs - await counted(cluster, target)
    if not missing:
        return Merged(0, 0)
    return await merge(cluster, source, target, missing, kept)
