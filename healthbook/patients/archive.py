"""A ZIP file that is sent while it is made: at most one of its files is in memory."""

from collections.abc import Iterable, Iterator
from datetime import datetime
from zipfile import ZIP_DEFLATED, ZIP_STORED, ZipFile, ZipInfo


class Pipe:
    """What is written comes out again, once."""

    def __init__(self) -> None:
        self.written: list[bytes] = []

    def write(self, content: bytes) -> int:
        self.written.append(bytes(content))
        return len(content)

    def flush(self) -> None:
        """Nothing is held back."""

    def taken(self) -> bytes:
        content, self.written = b"".join(self.written), []
        return content


def streamed(files: Iterable[tuple[str, bytes]], now: datetime) -> Iterator[bytes]:
    """Text is compressed; pictures and PDFs are so already, and the worker has other people to answer."""
    pipe = Pipe()
    with ZipFile(pipe, "w") as archive:
        for name, content in files:
            entry = ZipInfo(name, now.timetuple()[:6])
            entry.compress_type = ZIP_STORED if name.startswith(("files/", "photo.")) else ZIP_DEFLATED
            archive.writestr(entry, content)
            yield pipe.taken()
    yield pipe.taken()
