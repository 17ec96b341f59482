"""One download into memory, with a progress bar and an end to patience."""

import io
import os
import threading
import time
from pathlib import Path
from typing import Any

import pooch
from tqdm.auto import tqdm

TIMEOUT_S = 30.0  # of silence, then the next mirror is asked
MIN_RATE = 5000  # bytes a second on average, after a start of 2 * TIMEOUT_S
MAX_BYTES = 2**26  # more than any file here: an endless answer must not fill memory
PLAIN_WORDS = {
    "ConnectionError": "no connection (no network, refused, or it went silent)",
    "ConnectTimeout": "no answer in time",
    "ReadTimeout": "no answer in time",
    "ChunkedEncodingError": "truncated: the connection broke off",
}


class _Arriving(io.BytesIO):
    """A download in memory: MAX_BYTES at most, and how many the server announced."""

    announced = 0

    def note(self, response: Any, **_: Any) -> None:
        """Take the length from the response's header, before the bytes come."""
        length = response.headers.get("Content-Length", "")
        self.announced = int(length) if length.isdecimal() else 0

    def write(self, chunk: Any) -> int:
        """ValueError once there is more."""
        if self.tell() > MAX_BYTES:
            raise ValueError(f"an answer of more than {MAX_BYTES} bytes")
        return super().write(chunk)


def download(url: str) -> bytes:
    """What `url` answers; TimeoutError if it is slower than MIN_RATE.

    A thread reads, since a read of bytes that drip in, or of a header, does not
    return: the thread is then left behind, and ends with its read or the process.
    """
    met: list[Exception] = []
    hidden = os.environ.get("VAE_COURSE_PROGRESS", "1") == "0"
    look = {"desc": Path(url).name, "unit": "B", "unit_scale": True, "leave": False}
    with (
        _Arriving() as arriving,  # closed at the end, so a late chunk ends the thread
        tqdm(disable=hidden, **look) as bar,
    ):
        get = pooch.HTTPDownloader(
            chunk_size=2**12, timeout=TIMEOUT_S, hooks={"response": arriving.note}
        )

        def read() -> None:
            try:
                get(url, arriving, None)
            except Exception as error:
                met.append(error)

        thread = threading.Thread(target=read, daemon=True)
        thread.start()
        start, done = time.monotonic(), False
        while not done:
            thread.join(0.1)  # short: an interrupt is noticed between two waits
            done, number = not thread.is_alive(), arriving.tell()
            if bar.total != arriving.announced > 0:
                bar.reset(total=arriving.announced)  # a widget follows only `reset`
            bar.update(number - bar.n)
            seconds = time.monotonic() - start
            if not done and seconds > 2 * TIMEOUT_S + number / MIN_RATE:
                raise TimeoutError(f"too slow: below {MIN_RATE} bytes a second")
        if met:
            raise met[0]
        bar.refresh()
        return arriving.getvalue()


def reason(error: Exception) -> str:
    """In plain words why a mirror was passed over."""
    if (response := getattr(error, "response", None)) is not None:
        return f"HTTP status {response.status_code}"
    if type(error) in (ValueError, TimeoutError):
        return str(error)
    return PLAIN_WORDS.get(type(error).__name__, f"{type(error).__name__}: {error}")
