"""A producer that is fenced says so to whoever sent, and asyncio has nothing to complain of afterwards."""

from __future__ import annotations

import asyncio
import gc

from aiokafka.errors import ProducerFenced

from streams.drivers.kafka.names import Names
from streams.drivers.kafka.stopping import stop
from tests.kafka.processes import cluster_of
from tests.kafka_broker import Broker


def test_an_error_of_batches_is_said_once(broker: Broker, names: Names) -> None:
    topic = names.topic("fenced")
    asyncio.run(broker.create(topic))
    complaints: list[str] = []

    async def run() -> list[object]:
        loop = asyncio.get_running_loop()
        loop.set_exception_handler(lambda _loop, said: complaints.append(str(said["message"])))
        cluster = cluster_of(broker)
        older, newer = (cluster.producer(transactional_id=names.topic("one")) for _ in range(2))
        await older.start()
        await newer.start()
        try:
            await older.begin_transaction()
            batch = older.create_batch()
            batch.append(timestamp=None, key=None, value=b"a")
            sent = await older.send_batch(batch, topic, partition=0)
            return list(await asyncio.gather(sent, return_exceptions=True))
        finally:
            await stop(older, 10)
            await stop(newer, 10)
            del sent, batch
            gc.collect()
            await asyncio.sleep(0)

    answers = asyncio.run(run())
    assert [type(answer) for answer in answers] == [ProducerFenced]
    del answers
    gc.collect()
    assert complaints == []
