"""`make golden`: write what every recorded input becomes today; a person reads the diff.

In: tests/golden/*/input.*.txt. Out: expected.*.json beside each. Expected files without an input are removed.
"""

from __future__ import annotations

from tests.golden.cases import HERE, records, rendered, texts


def main() -> None:
    """Rewrite all."""
    written = set()
    for text in texts():
        data = rendered(records(text))
        written.add(text.expected)
        if not text.expected.exists() or text.expected.read_bytes() != data:
            text.expected.write_bytes(data)
            print(f"rewrote {text.expected.relative_to(HERE)}")
    for stale in set(HERE.glob("*/expected.*.json")) - written:
        stale.unlink()
        print(f"removed {stale.relative_to(HERE)}")


if __name__ == "__main__":
    main()
