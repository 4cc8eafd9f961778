"""A consumer of messages, who commits what it has read."""

from aiokafka import AIOKafkaConsumer  # type: ignore[import-not-found]  # any would do


async def consume(topic: str) -> None:
    """Read messages; commit after each."""
    consumer = AIOKafkaConsumer(topic)
    async for message in consumer:
        print(message)
        await consumer.commit()
    for _ in range(3):
        await consumer.commit()
