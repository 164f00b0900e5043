"""Follow root-cause reports: the newest of every cluster first, then each change. Needs aiokafka, not panictrail.

    python docs/examples/consume_reports.py HOST:PORT [TOPIC]

It keeps no position: the topic is compacted, so reading it from its beginning gives the state of every cluster.
"""

from __future__ import annotations

import asyncio
import json
import sys

from aiokafka import AIOKafkaConsumer


async def follow(broker: str, topic: str) -> None:
    """Print a line for every report that is newer than what was seen of its cluster, until interrupted."""
    newest: dict[str, tuple[int, int]] = {}
    # read_committed: a report counts when its transaction does, so that each is seen once.
    consumer = AIOKafkaConsumer(
        topic,
        bootstrap_servers=broker,
        auto_offset_reset="earliest",
        isolation_level="read_committed",
    )
    async with consumer:
        async for record in consumer:
            cluster = (record.key or b"").decode()
            if record.value is None:  # the cluster was merged into another one, or renamed
                newest.pop(cluster, None)
                print(f"{cluster}  gone", flush=True)
                continue
            report = json.loads(record.value)
            version = (report["generation"], report["revision"])
            if version > newest.get(cluster, (0, 0)):
                newest[cluster] = version
                times = f"{report['occurrences']} times"
                print(
                    f"{cluster}  {version[0]}.{version[1]}  {times}  {report['title']}", flush=True
                )


if __name__ == "__main__":
    asyncio.run(follow(sys.argv[1], sys.argv[2] if len(sys.argv) > 2 else "reports.root_cause"))
