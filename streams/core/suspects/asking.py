"""The question for a crash that is given alone, and its answer with builds and deploys.

In: a crash, what builds and deploys say of it. Out: the key of a `commits` fact; with its answer, an Attribution. Both
depend on what happened alone, never on the order in which it was heard of.
"""

from __future__ import annotations

from collections.abc import Sequence

from streams.core.fingerprint.normalize import failure_class
from streams.core.suspects.answer import brought
from streams.core.suspects.site import cause_key_of, site_of
from streams.model.attributing import Joined
from streams.model.cause import Attribution, Caused, CauseKey, NamedCommit
from streams.model.crash import Crash
from streams.model.instant import Instant
from streams.model.report import Unknown


def question(repos: Sequence[str], crash: Crash, found: Joined, until: Instant | None) -> CauseKey:
    """The question for a crash of which this is known; `until`: when it was first seen."""
    value_type = crash.panics[0].type if crash.panics else None
    site = site_of(crash, failure_class(crash.message, value_type, crash.kind))
    return cause_key_of(repos, crash.kind, site, found, until)


def attribution(case: str, found: Joined, caused: Caused | None, why: str = "") -> Attribution:
    """The answer with its builds and deploys. `why`: what stood in the way where there is none."""
    suspects = caused.suspects if caused else ()
    batch = brought(found, suspects[0]) if suspects else None
    unknown = [Unknown(what=w, why=y, how=h) for w, y, h in (caused.unknown if caused else ())]
    if caused is None:
        unknown.append(Unknown(what="the change", why=why, how="name the repository by --repo"))
    if not found.crashed:
        how = "build with vcs stamping, or send builds and deploys"
        unknown.append(Unknown(what="the revision that crashed", why=found.why, how=how))
    return Attribution(
        case=case,
        commits=tuple(
            NamedCommit(
                sha=s.commit,
                confidence=s.confidence,
                evidence=s.evidence,
                author=s.author,
                at=s.at,
                subject=s.subject,
            )
            for s in suspects
        ),
        build_id=batch.build_id if batch else None,
        deploy_batch=batch.batch if batch else None,
        crashed_revision=(caused.commit if caused else found.crashed) or None,
        crashed_build=found.build_id,
        crashed_by=found.why,
        last_good_build=next(iter(found.good_builds), None),
        canary_percent=batch.share if batch else None,
        no_change=caused.none if caused else None,
        owners=caused.owners if caused else (),
        unknown=tuple(unknown),
    )
