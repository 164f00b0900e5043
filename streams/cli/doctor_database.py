"""What doctor says of the database: whether it answers, which version its schema has, how much it holds."""

from __future__ import annotations


def check_database(url: str | None) -> tuple[int, str]:
    """The exit code that it asks for (0: good), and the text."""
    from streams.drivers.database import describe
    from streams.model.errors import BadInput, NothingKept, ServiceMissing

    if url is None:
        return 0, "none: workers keep reports only where --database names one"
    try:
        return 0, describe(url)
    except NothingKept as nothing:
        return 0, str(nothing)
    except BadInput as problem:
        return 2, str(problem)
    except ServiceMissing as problem:
        return 3, str(problem)
