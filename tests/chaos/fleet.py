"""The worker processes of a run: started, given orders, started again when they die, woken when they stop.

In: a folder, an environment, acts. Out: processes, a diary of what happened, copies of what the dead left behind.
"""

from __future__ import annotations

import asyncio
import os
import signal
import subprocess
import sys
from collections.abc import Callable, Coroutine, Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from time import monotonic
from typing import Final

import msgspec

from tests.chaos.crashes import dice
from tests.chaos.plan import Order
from tests.chaos.stores import copy
from tests.chaos.worker import FOLDER, KILLER_LOG, NAME, Done, order_file
from tests.ports import free_port

_ROOT: Final = Path(__file__).resolve().parents[2]
_LOOK_SECONDS: Final = 0.05
# The longest pause before a dead worker is started again.
_PAUSE_SECONDS: Final = 3.0
# A stopped worker sleeps so much longer than its session: the others have its partitions by then.
_OVERSLEEP_SECONDS: Final = (2.5, 5.0)
_END_SECONDS: Final = 60.0
# Until then a worker may not have its signal handlers yet: SIGTERM ends it before it owned anything.
_BIRTH_SECONDS: Final = 15.0
SERVICE_AWAY: Final = 3
_HOPELESS: Final = 12


@dataclass
class Worker:
    """One worker through all its lives. `leaving`: it is not to be started again."""

    name: str
    stages: tuple[str, ...]
    process: subprocess.Popen[bytes] | None = None
    leaving: bool = False
    then: Order | None = None
    tasks: set[asyncio.Task[None]] = field(default_factory=set)
    waking: bool = False
    born: float = 0.0

    @property
    def alive(self) -> bool:
        """Whether it has a process."""
        return self.process is not None and self.process.poll() is None


class Fleet:
    """All workers of a run."""

    def __init__(  # noqa: PLR0913 - what a fleet needs, each named
        self,
        folder: Path,
        environment: Mapping[str, str],
        *,
        seed: int,
        session_seconds: float,
        say: Callable[[str], None],
        away: Callable[[], bool],
    ) -> None:
        """`away`: whether an outside service is down just now, so that a worker may leave for that."""
        folder.mkdir()
        self.folder = folder
        self.workers: dict[str, Worker] = {}
        self.dead: list[Path] = []
        self.left: list[str] = []
        self.woken = 0
        self._environment = dict(environment)
        self._session = session_seconds
        self._dice = dice(("fleet", seed))
        self._say = say
        self._away = away

    # ---- what an act does

    def join(self, name: str, stages: tuple[str, ...]) -> None:
        """Start a worker."""
        worker = self.workers.setdefault(name, Worker(name, stages))
        worker.leaving = False
        self._start(worker)

    def order(self, name: str, order: Order, then: Order | None = None) -> None:
        """Have a worker do something to itself; `then`: in its next life."""
        path = order_file(self.folder, name)
        draft = path.with_suffix(".draft")
        draft.write_bytes(msgspec.json.encode(order))
        draft.rename(path)
        self.workers[name].then = then

    def busy(self, name: str) -> bool:
        """Whether a worker has an order that it did not obey yet, or is between two lives."""
        worker = self.workers[name]
        return (
            order_file(self.folder, name).exists()
            or worker.then is not None
            or worker.waking
            or not worker.alive
        )

    def anybody_busy(self) -> bool:
        """Whether there is such a worker, among those that are to go on."""
        return any(self.busy(worker.name) for worker in self.workers.values() if not worker.leaving)

    def leave(self, name: str) -> None:
        """Have a worker end in the middle of a batch, for good."""
        self.workers[name].leaving = True
        self.order(name, Order("term", "sending"))

    def pardon(self) -> list[str]:
        """Take back every order that was not obeyed; which they were."""
        found = []
        for worker in self.workers.values():
            path = order_file(self.folder, worker.name)
            if path.exists():
                found.append(f"{worker.name}: {path.read_text()}")
                path.unlink()
            worker.then = None
        return found

    def deeds(self) -> list[Done]:
        """The killer's log."""
        path = self.folder / KILLER_LOG
        lines = path.read_bytes().splitlines() if path.exists() else []
        return [msgspec.json.decode(line, type=Done) for line in lines]

    def data(self) -> list[Path]:
        """Where the workers have their stores."""
        return [self.folder / "data" / name for name in self.workers]

    def at_work(self) -> bool:
        """Whether every worker has had a partition."""
        return all(b" is owned: " in self._log(name).read_bytes() for name in self.workers)

    def _log(self, name: str) -> Path:
        return self.folder / f"{name}.log"

    # ---- processes

    def _start(self, worker: Worker) -> None:
        data = self.folder / "data" / worker.name
        environment = {
            **os.environ,
            **self._environment,
            FOLDER: str(self.folder),
            NAME: worker.name,
            "PANICTRAIL_DATA": str(data),
            "PANICTRAIL_LISTEN": f"127.0.0.1:{free_port()}",
            "PYTHONPATH": str(_ROOT),
        }
        worker.born = monotonic()
        with self._log(worker.name).open("ab") as log:
            worker.process = subprocess.Popen(
                [sys.executable, "-m", "tests.chaos.worker", *worker.stages],
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                env=environment,
                # No panictrail.toml of whoever runs the tests.
                cwd=self.folder,
                # Else the kernel wakes stopped workers up when the shell ends that started the harness.
                start_new_session=True,
            )

    async def watch(self) -> None:
        """Until cancelled: look after every process. Raises when workers do not live at all."""
        while True:
            assert len(self.left) <= _HOPELESS, (
                f"workers die by themselves, see {self.folder}: {self.left}"
            )
            for worker in self.workers.values():
                self._look(worker)
            await asyncio.sleep(_LOOK_SECONDS)

    def _look(self, worker: Worker) -> None:
        process = worker.process
        if process is None:
            return
        if process.poll() is None:
            if not worker.waking and _stopped(process.pid):
                worker.waking = True
                self._begin(worker, self._wake(worker, process.pid))
            return
        worker.process = None
        self._begin(worker, self._bury(worker, process))

    @staticmethod
    def _begin(worker: Worker, work: Coroutine[None, None, None]) -> None:
        task = asyncio.create_task(work)
        worker.tasks.add(task)
        task.add_done_callback(worker.tasks.discard)

    async def _wake(self, worker: Worker, pid: int) -> None:
        seconds = self._session + self._dice.uniform(*_OVERSLEEP_SECONDS)
        self._say(f"{worker.name} is stopped, for {seconds:.1f} s")
        await asyncio.sleep(seconds)
        self._say(f"{worker.name} wakes up")
        worker.waking = False
        with suppress(ProcessLookupError):
            os.kill(pid, signal.SIGCONT)
            self.woken += 1

    async def _bury(self, worker: Worker, process: subprocess.Popen[bytes]) -> None:
        code = process.returncode
        deed = next((d for d in reversed(self.deeds()) if d.pid == process.pid), None)
        self._judge(worker, code, deed)
        if code == -signal.SIGKILL:
            self.dead.append(self.folder / "dead" / f"{worker.name}-{process.pid}")
            await asyncio.to_thread(copy, self.folder / "data" / worker.name, self.dead[-1])
        if worker.leaving:
            return
        if worker.then is not None:
            self.order(worker.name, worker.then)
        await asyncio.sleep(self._dice.uniform(0, _PAUSE_SECONDS))
        self._start(worker)

    def _judge(self, worker: Worker, code: int, deed: Done | None) -> None:
        """Say how it ended, and remember when it should not have."""
        wanted = {"kill": -signal.SIGKILL, "term": 0}.get(deed.deed) if deed else None
        if deed is not None and code == wanted:
            at = f"{deed.point}, pass {deed.passes}, of {deed.where or 'the worker'}"
            self._say(f"{worker.name} pid {deed.pid}: {deed.deed} at {at}")
        elif code == SERVICE_AWAY and self._away():
            self._say(f"{worker.name} left with {code}: a service is away")
        else:
            self.left.append(f"{worker.name} ended with {code}")
            self._say(f"{worker.name} ended with {code}, and nobody had it do so")

    async def end(self) -> list[str]:
        """SIGTERM to all; who did not end well."""
        for worker in self.workers.values():
            for task in tuple(worker.tasks):
                task.cancel()
            if worker.alive and worker.process:
                worker.process.send_signal(signal.SIGCONT)
                worker.process.terminate()
        wrong, asked = [], monotonic()
        for worker in self.workers.values():
            if worker.process is None:
                continue
            code = await self._wait(worker.process)
            young = asked - worker.born < _BIRTH_SECONDS
            if code and not (young and code == -signal.SIGTERM):
                wrong.append(f"{worker.name} ended with {code} after SIGTERM")
        return wrong

    @staticmethod
    async def _wait(process: subprocess.Popen[bytes]) -> int:
        try:
            return await asyncio.to_thread(process.wait, _END_SECONDS)
        except subprocess.TimeoutExpired:
            process.kill()
            return process.wait()

    def kill(self) -> None:
        """Whatever is still there, at once."""
        for worker in self.workers.values():
            if worker.process is not None:
                worker.process.kill()
                worker.process.wait()

    def logged(self, *words: str) -> int:
        """How many lines of the workers have these words."""
        lines = (
            line
            for name in self.workers
            for line in self._log(name).read_text("utf-8", "replace").splitlines()
        )
        return sum(all(word in line for word in words) for line in lines)


def _stopped(pid: int) -> bool:
    """Whether a process is stopped by a signal."""
    try:
        status = Path(f"/proc/{pid}/stat").read_text()
    except FileNotFoundError:
        return False
    return status.rpartition(")")[2].split()[0] == "T"
