"""Decides which local store caches a partition's table: SQLite as the product uses it, or RocksDB by rocksdict.

In: rows that this script makes up (`--quick`: fewer). Out: a table of medians, one process per store and round, in
turn. It has no bar: docs/adr says what was decided on it.
"""

from __future__ import annotations

import random
import resource
import sqlite3
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Final, Protocol

import msgspec
import orjson
from rocksdict import BlockBasedOptions, Cache, Options, Rdict, WriteBatch, WriteOptions

ROUNDS: Final = 3
BATCHES: Final = 60
SIZES: Final = (50, 500)
_LOAD_ROWS: Final = 2000
_TABLE: Final = "cluster.clusters"
# Most accesses concern the crashes of today.
_HOT_ROWS: Final = 2000
_HOT_SHARE: Final = 0.8
_DELETED_SHARE: Final = 0.1
_SHARDS: Final = 4
_MIN_BYTES: Final = 200
_MAX_BYTES: Final = 3000
_WORDS: Final = ("runtime", "goroutine", "main.go", "handler", "cart", "stock", "panic", "nil map")

Write = Mapping[str, bytes | None]


class Rows(Protocol):
    """What a partition's cache has to do."""

    def write(self, rows: Write, position: int) -> None:
        """Put and delete rows, with the position, all or nothing."""
        ...

    def get(self, key: str) -> bytes | None:
        """One row."""
        ...

    def scan(self, prefix: str) -> int:
        """How many rows there are below a prefix, each of them read."""
        ...

    def close(self) -> None:
        """Release the files."""
        ...


class Sqlite:
    """The layout of streams/adapters/sqlite_store.py, beneath its row cache."""

    def __init__(self, folder: Path) -> None:
        self._db = sqlite3.connect(folder / "rows.sqlite", isolation_level=None)
        self._db.execute("PRAGMA journal_mode=WAL")
        self._db.execute("PRAGMA synchronous=NORMAL")
        self._db.execute(
            "CREATE TABLE IF NOT EXISTS rows(tbl TEXT, key TEXT, value BLOB NOT NULL, "
            "PRIMARY KEY(tbl, key)) WITHOUT ROWID"
        )

    def write(self, rows: Write, position: int) -> None:
        """One transaction."""
        gone = [(_TABLE, key) for key, value in rows.items() if value is None]
        kept = [(_TABLE, key, value) for key, value in rows.items() if value is not None]
        kept.append(("local", "position", b"%d" % position))
        self._db.execute("BEGIN")
        self._db.executemany("DELETE FROM rows WHERE tbl=? AND key=?", gone)
        self._db.executemany("INSERT OR REPLACE INTO rows VALUES(?,?,?)", kept)
        self._db.execute("COMMIT")

    def get(self, key: str) -> bytes | None:
        """One row."""
        found = self._db.execute("SELECT value FROM rows WHERE tbl=? AND key=?", (_TABLE, key))
        row: tuple[bytes] | None = found.fetchone()
        return row[0] if row else None

    def scan(self, prefix: str) -> int:
        """A range of the primary key."""
        found = self._db.execute(
            "SELECT key, value FROM rows WHERE tbl=? AND key>=? AND key<? ORDER BY key",
            (_TABLE, prefix, prefix + "\U0010ffff"),
        )
        return len(found.fetchall())

    def close(self) -> None:
        """Check the log in, as the last connection does."""
        self._db.close()


class SqliteRowid(Sqlite):
    """The same rows in an ordinary table with a unique index."""

    def __init__(self, folder: Path) -> None:
        self._db = sqlite3.connect(folder / "rows.sqlite", isolation_level=None)
        self._db.execute("PRAGMA journal_mode=WAL")
        self._db.execute("PRAGMA synchronous=NORMAL")
        self._db.execute(
            "CREATE TABLE IF NOT EXISTS rows(tbl TEXT, key TEXT, value BLOB NOT NULL, "
            "PRIMARY KEY(tbl, key))"
        )


class Rocks:
    """RocksDB with what one of many small stores of a process is given: little memory, Bloom filters."""

    def __init__(self, folder: Path) -> None:
        options = Options(raw_mode=True)
        options.set_write_buffer_size(16 << 20)
        options.set_max_write_buffer_number(2)
        blocks = BlockBasedOptions()
        blocks.set_block_cache(Cache(8 << 20))
        blocks.set_bloom_filter(10, block_based=False)
        options.set_block_based_table_factory(blocks)
        self._db = Rdict(str(folder / "rocks"), options)
        self._durable = WriteOptions()

    def write(self, rows: Write, position: int) -> None:
        """One write batch, to the log of the database."""
        batch = WriteBatch(raw_mode=True)
        for key, value in rows.items():
            if value is None:
                batch.delete(_raw(key))
            else:
                batch.put(_raw(key), value)
        batch.put(b"local\x1fposition", b"%d" % position)
        self._db.write(batch, self._durable)

    def get(self, key: str) -> bytes | None:
        """One row."""
        found: bytes | None = self._db.get(_raw(key))
        return found

    def scan(self, prefix: str) -> int:
        """From the prefix on, as long as keys begin with it."""
        start, count = _raw(prefix), 0
        rows = self._db.iter()
        rows.seek(start)
        while rows.valid() and rows.key().startswith(start):
            count += bool(rows.value())
            rows.next()
        return count

    def close(self) -> None:
        """Flush and close."""
        self._db.close()


class RocksDefault(Rocks):
    """RocksDB as rocksdict opens it."""

    def __init__(self, folder: Path) -> None:
        self._db = Rdict(str(folder / "rocks"), Options(raw_mode=True))
        self._durable = WriteOptions()


def _raw(key: str) -> bytes:
    return f"{_TABLE}\x1f{key}".encode()


STORES: Final[Mapping[str, Callable[[Path], Rows]]] = {
    "sqlite": Sqlite,
    "sqlite rowid": SqliteRowid,
    "rocksdict": Rocks,
    "rocksdict default": RocksDefault,
}


class Figures(msgspec.Struct):
    """What one process measured; CPU counts all its threads."""

    load_cpu_s: float = 0.0
    load_s: float = 0.0
    open_ms: float = 0.0
    batch_50_us: float = 0.0
    batch_500_us: float = 0.0
    write_50_us: float = 0.0
    write_500_us: float = 0.0
    get_us: float = 0.0
    absent_us: float = 0.0
    scan_us: float = 0.0
    resident_mib: float = 0.0
    disk_mib: float = 0.0


class Made:
    """Keys and values, the same for every store of a round."""

    def __init__(self, rows: int, seed: int) -> None:
        self._rng = random.Random(seed)  # noqa: S311 - made-up rows
        self._count = rows
        self._text = orjson.dumps(self._rng.choices(_WORDS, k=4 * _MAX_BYTES)) + b"".join(
            b"%016x" % self._rng.getrandbits(64) for _ in range(_MAX_BYTES)
        )

    def key(self, number: int) -> str:
        """About 80 bytes with the table's name: block, bucket, shard; `_SHARDS` keys share all but the last."""
        block, shard = divmod(number, _SHARDS)
        mixed = block * 0x9E3779B97F4A7C15 % (1 << 64)
        return f"{mixed:016x}{mixed:032x}\x1f{block % 100:06d}\x1f{shard}"

    def prefix(self, number: int) -> str:
        """What the keys of a number's block begin with."""
        return self.key(number)[:-1]

    def value(self) -> bytes:
        """Text that compresses about as JSON does, of a length that is seldom great."""
        size = int(_MIN_BYTES * (_MAX_BYTES / _MIN_BYTES) ** self._rng.random())
        start = self._rng.randrange(len(self._text) - size)
        return self._text[start : start + size]

    def some(self, count: int) -> list[int]:
        """Numbers of rows, most of them hot."""
        rng = self._rng
        return [
            rng.randrange(_HOT_ROWS if rng.random() < _HOT_SHARE else self._count)
            for _ in range(count)
        ]

    def batch(self, count: int) -> dict[str, bytes | None]:
        """Rows to write; some go."""
        return {
            self.key(number): None if self._rng.random() < _DELETED_SHARE else self.value()
            for number in self.some(count)
        }

    def everything(self) -> Iterator[dict[str, bytes | None]]:
        """All rows, in the order of a changelog, which is none."""
        order = list(range(self._count))
        self._rng.shuffle(order)
        for start in range(0, self._count, _LOAD_ROWS):
            yield {self.key(number): self.value() for number in order[start : start + _LOAD_ROWS]}


def _spent(work: Callable[[], object]) -> tuple[float, float]:
    """CPU and wall seconds."""
    wall, cpu = time.perf_counter(), time.process_time()
    work()
    return time.process_time() - cpu, time.perf_counter() - wall


def measure(store: str, rows: int, seed: int) -> Figures:
    """Everything about one store, in this process."""
    made, found = Made(rows, seed), Figures()
    with tempfile.TemporaryDirectory(prefix="kafka-store-") as name:
        folder = Path(name)
        _load(STORES[store](folder), made, found)
        began = time.perf_counter()
        opened = STORES[store](folder)
        opened.get(made.key(0))
        found.open_ms = (time.perf_counter() - began) * 1000
        small, large = (_batches(opened, made, size, found) for size in SIZES)
        found.batch_50_us, found.write_50_us = small
        found.batch_500_us, found.write_500_us = large
        found.resident_mib = _resident_mib()
        found.disk_mib = sum(p.stat().st_size for p in folder.rglob("*") if p.is_file()) / 2**20
        opened.close()
    return found


def _load(store: Rows, made: Made, found: Figures) -> None:
    for position, batch in enumerate(made.everything()):
        cpu, wall = _spent(lambda batch=batch, at=position: store.write(batch, at))  # type: ignore[misc]
        found.load_cpu_s += cpu
        found.load_s += wall
    cpu, wall = _spent(store.close)
    found.load_cpu_s += cpu
    found.load_s += wall


def _batches(store: Rows, made: Made, size: int, found: Figures) -> tuple[float, float]:
    """CPU microseconds of a batch and of its write alone; means, for some pay for others (checkpoints, compaction).

    A batch reads as many rows as it writes, asks for a quarter as many that do not exist, scans a few, then writes.
    """
    totals, writes, gets, absents, scans = [], [], [], [], []
    for number in range(BATCHES):
        batch = made.batch(size)
        keys = [made.key(n) for n in made.some(size)]
        absent = [key + "-" for key in keys[: size // 4]]
        prefixes = [made.prefix(n) for n in made.some(max(2, size // 50))]
        got, _ = _spent(lambda: [store.get(key) for key in keys])  # noqa: B023 - called at once
        lacked, _ = _spent(lambda: [store.get(key) for key in absent])  # noqa: B023
        scanned, _ = _spent(lambda: [store.scan(prefix) for prefix in prefixes])  # noqa: B023
        wrote, _ = _spent(lambda: store.write(batch, number))  # noqa: B023
        totals.append(got + lacked + scanned + wrote)
        writes.append(wrote)
        gets.append(got / len(keys))
        absents.append(lacked / len(absent))
        scans.append(scanned / len(prefixes))
    found.get_us = statistics.median(gets) * 1e6
    found.absent_us = statistics.median(absents) * 1e6
    found.scan_us = statistics.median(scans) * 1e6
    return statistics.fmean(totals) * 1e6, statistics.fmean(writes) * 1e6


def _resident_mib() -> float:
    pages = int(Path("/proc/self/statm").read_text().split()[1])
    return pages * resource.getpagesize() / 2**20


def _in_a_process(store: str, rows: int, seed: int) -> Figures:
    command = [sys.executable, __file__, "--one", store, str(rows), str(seed)]
    done = subprocess.run(command, check=True, capture_output=True)
    return msgspec.json.decode(done.stdout, type=Figures)


def _table(found: Mapping[str, Sequence[Figures]]) -> dict[str, dict[str, float]]:
    names = [field.name for field in msgspec.structs.fields(Figures)]
    return {
        name: {
            store: statistics.median(getattr(f, name) for f in figures)
            for store, figures in found.items()
        }
        for name in names
    }


def main(arguments: Sequence[str]) -> int:
    """Measure, print, judge."""
    if arguments[:1] == ["--one"]:
        store, count, seed = arguments[1:]
        sys.stdout.buffer.write(msgspec.json.encode(measure(store, int(count), int(seed))))
        return 0
    quick = "--quick" in arguments
    rows, rounds = (20_000, 1) if quick else (200_000, ROUNDS)
    found: dict[str, list[Figures]] = {store: [] for store in STORES}
    for number in range(rounds):
        for store, figures in found.items():
            figures.append(_in_a_process(store, rows, number))
    print(f"{rows} rows, medians of {rounds} rounds")
    print(f"{'':14}" + "".join(f"{store:>18}" for store in STORES))
    for name, row in _table(found).items():
        print(f"{name:14}" + "".join(f"{row[store]:18.2f}" for store in STORES))
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
