"""Open pages as sockets: streams that listen, and pickers that fetch themselves when they hear their doctor."""

import asyncio
import random
import time
from statistics import median

LATER = 1 / 1000


class Stream:
    """An open stream, and when it heard which name."""

    def __init__(self, port, topic):
        self.port, self.topic, self.heard = port, topic, []

    async def open(self):
        self.reader, self.writer = await asyncio.open_connection("127.0.0.1", self.port)
        request = f"GET /events?t={self.topic} HTTP/1.1\r\nHost: 127.0.0.1:{self.port}\r\n\r\n"
        self.writer.write(request.encode())
        assert b"200" in await self.reader.readline()
        while await self.next_event() != "refresh":
            pass
        return self

    async def next_event(self):
        while line := await self.reader.readline():
            if line.startswith(b"event: "):
                return line[7:].decode().strip()
        raise ConnectionError("the stream ended")

    async def listen(self):
        while True:
            self.heard.append((await self.next_event(), time.perf_counter()))

    def close(self):
        self.writer.close()


async def opened(port, topic, count):
    """So many streams, opened fifty at a time."""
    streams = [Stream(port, topic) for _ in range(count)]
    for start in range(0, count, 50):
        await asyncio.gather(*(stream.open() for stream in streams[start : start + 50]))
    return streams


async def fetch(port, path, headers=""):
    """Seconds and body of one page over a connection of its own."""
    began = time.perf_counter()
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    writer.write(f"GET {path} HTTP/1.1\r\nHost: 127.0.0.1:{port}\r\nConnection: close\r\n{headers}\r\n".encode())
    body = await reader.read()
    writer.close()
    assert body.startswith(b"HTTP/1.1 200"), body[:200]
    return time.perf_counter() - began, body.decode()


async def page_times(port, path, count=100):
    return sorted([(await fetch(port, path))[0] for _ in range(count)])


async def told(streams, notify, rounds=20):
    """Seconds from a commit to the last stream that hears of it, round after round."""
    listening = [asyncio.create_task(stream.listen()) for stream in streams]
    seconds = []
    for _ in range(rounds):
        for stream in streams:
            stream.heard.clear()
        began = time.perf_counter()
        await asyncio.to_thread(notify)
        while not all(stream.heard for stream in streams):
            await asyncio.sleep(LATER)
        seconds.append(max(stream.heard[0][1] for stream in streams) - began)
        await asyncio.sleep(0.2)
    for task in listening:
        task.cancel()
    return seconds


async def picker(port, doctor_id, path, gone):
    """A picker that hears its doctor, waits as the page does, fetches itself, and shows the time as taken."""
    stream = await Stream(port, f"doctor-{doctor_id}").open()
    headers = "HX-Request: true\r\nHX-Request-Type: partial\r\n"

    async def shown():
        while await stream.next_event() != f"doctor-{doctor_id}":
            pass
        await asyncio.sleep(random.uniform(0.1, 0.4))
        _, body = await fetch(port, path, headers)
        assert gone not in body
        stream.close()
        return time.perf_counter()

    return shown


async def pickers_changed(port, doctor_id, path, gone, book, count=100):
    """Seconds from a booking to each open picker that shows it."""
    ready = [await picker(port, doctor_id, path, gone) for _ in range(count)]
    waiting = [asyncio.create_task(shown()) for shown in ready]
    await asyncio.sleep(0.1)
    began = time.perf_counter()
    await asyncio.to_thread(book)
    return sorted(at - began for at in await asyncio.gather(*waiting))


async def measure(site, notify, path, count):
    """What so many open streams cost: pages before and during, memory, and how fast they hear."""
    before, memory = await page_times(site.port, path), site.memory()
    streams = await opened(site.port, "doctor-1", count)
    during, more = await page_times(site.port, path), site.memory()
    seconds = await told(streams, notify)
    for stream in streams:
        stream.close()
    return {
        "page p50 without streams": (median(before), "s", None),
        f"page p50 with {count} streams": (median(during), "s", None),
        f"last of {count} streams hears, p50": (median(seconds), "s", 0.1),
        "memory of both workers without streams": (memory, "MiB", None),
        f"memory of both workers with {count} streams": (more, "MiB", None),
    }
