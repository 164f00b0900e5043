"""What an answer means for the report: suspects, build and batch, and what stays unknown."""

from __future__ import annotations

from streams.core.suspects.answer import Cause, introduced, named, suspects, unknown_causes
from streams.model.attributing import Joined, Ran, SeenIn
from streams.model.cause import Caused, SuspectCommit
from streams.model.instant import Instant
from streams.model.report import Introduced

ONE, TWO, THREE = ("1" * 40, "2" * 40, "3" * 40)


def ran(commit: str, number: int, share: float = 100.0) -> Ran:
    """A batch of a build of its own."""
    return Ran(
        commit=commit,
        batch=f"eu-{number}",
        build_id=str(number),
        began=Instant(number),
        share=share,
    )


JOINED = Joined(
    crashed=THREE,
    build_id="3",
    by="deploys",
    status="success",
    attempt=2,
    good_builds=("2", "1"),
    ran=(ran(ONE, 1), ran(TWO, 2, 5.0), ran(THREE, 3)),
    first=2,
)


def caused(*confidences: float, positions: tuple[int, ...] = (1, 2)) -> Caused:
    """Suspects with these confidences."""
    found = tuple(
        SuspectCommit(commit=f"{n}" * 40, confidence=sure, ran=positions, subject="s", author="a")
        for n, sure in enumerate(confidences, start=2)
    )
    return Caused(repo="shop", commit=THREE, suspects=found, considered=9)


def test_without_an_answer_the_batch_of_the_revision_that_crashed_is_named() -> None:
    seen = SeenIn(version="v3")
    assert introduced(Cause(joined=JOINED, seen=seen)) == Introduced(
        build_id="3",
        deploy_batch="eu-3",
        release="v3",
        last_good_build="2",
        canary_percent=100.0,
        build_status="success",
        build_attempt=2,
    )


def test_the_batch_is_the_first_that_has_the_likeliest_change() -> None:
    found = introduced(Cause(joined=JOINED, caused=caused(0.8), seen=SeenIn(version="v3")))
    assert (found.build_id, found.deploy_batch, found.canary_percent) == ("2", "eu-2", 5.0)
    # Release, status and attempt are of the build that crashed, which is another one.
    assert (found.release, found.build_status, found.build_attempt) == (None, None, None)


def test_a_change_that_no_batch_brought_names_none() -> None:
    found = introduced(Cause(joined=JOINED, caused=caused(0.8, positions=())))
    assert (found.build_id, found.deploy_batch) == ("3", None)


def test_nothing_is_introduced_where_nothing_is_known() -> None:
    assert introduced(Cause(caused=caused(0.8))) == Introduced()


def test_suspects_that_are_hardly_likely_are_left_out() -> None:
    found = suspects(Cause(caused=caused(0.8, 0.04, 0.01), url="https://x/{commit}"))
    assert [(s.commit, s.confidence, s.repo) for s in found] == [
        (TWO, 0.8, "shop"),
        (THREE, 0.04, "shop"),
    ]
    assert found[0].url == f"https://x/{TWO}"
    assert suspects(Cause(caused=caused(0.8)))[0].url is None


def test_a_change_is_named_from_one_half_on() -> None:
    assert named(Cause(caused=caused(0.5))) is not None
    assert named(Cause(caused=caused(0.49))) is None
    assert named(Cause()) is None


def whys(cause: Cause) -> list[str]:
    """Why the change is unknown."""
    return [unknown.why for unknown in unknown_causes(cause)]


def test_what_stays_unknown_says_why() -> None:
    assert whys(Cause()) == ["no repository is given"]
    assert whys(Cause(wanted=True, absent="revision 3 is not in shop")) == [
        "revision 3 is not in shop"
    ]
    assert whys(Cause(wanted=True, caused=caused(0.8))) == []
    (text,) = whys(Cause(wanted=True, caused=caused(0.3)))
    assert "of 9 changes none stands out" in text
    (text,) = whys(Cause(wanted=True, caused=Caused(repo="shop", commit=THREE)))
    assert "no change is known" in text


def test_what_helps_depends_on_whether_the_revision_is_known() -> None:
    (nothing,) = unknown_causes(Cause(wanted=True, absent="nothing says which revision crashed"))
    assert "builds and deploys" in nothing.how
    for known in (Cause(seen=SeenIn(revision=THREE)), Cause(joined=JOINED)):
        asked = known._replace(wanted=True, absent="revision 3 is not in shop")
        (elsewhere,) = unknown_causes(asked)
        assert elsewhere.how == "fetch the whole history of the repository"


def test_what_the_repositories_leave_open_is_passed_on() -> None:
    answer = Caused(
        repo="shop",
        commit=THREE,
        suspects=caused(0.8).suspects,
        unknown=(("older history", "the clone is shallow", "git fetch --unshallow"),),
    )
    (found,) = unknown_causes(Cause(wanted=True, caused=answer))
    assert (found.what, found.how) == ("older history", "git fetch --unshallow")
