"""Commands that take a while on Kafka: ended by a signal in good order, and their progress on a terminal.

In: work to do, stages that are behind. Out: an exit code; one line on stderr that is replaced. Silent in a pipe.
"""

from __future__ import annotations

import asyncio
import signal
import sys
from collections.abc import Coroutine
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from streams.drivers.kafka.caught_up import Behind


def interruptible(work: Coroutine[None, None, int]) -> int:
    """The exit code of the work; after SIGINT or SIGTERM, which let it tidy up, the shell's code for that."""

    async def main() -> int:
        task = asyncio.ensure_future(work)
        loop, signals = asyncio.get_running_loop(), list[int]()

        def stop(number: int) -> None:
            signals.append(number)
            task.cancel()

        for number in (signal.SIGINT, signal.SIGTERM):
            loop.add_signal_handler(number, stop, number)
        await asyncio.wait((task,))
        return 128 + signals[0] if task.cancelled() and signals else task.result()

    return asyncio.run(main())


class Progress:
    """What is behind, on one line of a terminal."""

    def __init__(self) -> None:
        """Nothing is shown yet."""
        self._shown = sys.stderr.isatty()

    def __call__(self, behind: Behind) -> None:
        """Show a stage that is behind."""
        share = 100 * (behind.total - behind.records) // behind.total if behind.total else 100
        self.say(f"{behind.stage} {share:3d} %  {behind.records:,} records left")

    def say(self, text: str) -> None:
        """Replace the line."""
        if self._shown:
            sys.stderr.write(f"\r\x1b[K{text}")
            sys.stderr.flush()

    def end(self) -> None:
        """Leave the line."""
        self.say("")
