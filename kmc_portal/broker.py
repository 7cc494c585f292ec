"""The broker of a machine without one: kombu's folder of messages, in which nothing is seen before it is whole.

kombu makes a file where readers look for it and writes it afterwards. Who comes in between finds it empty, and a worker ends
over that (kombu's issue 1551).
"""

from __future__ import annotations

from contextlib import suppress
from pathlib import Path
from time import monotonic_ns
from typing import Any
from uuid import uuid4

from kombu.exceptions import ChannelError
from kombu.transport import filesystem
from kombu.utils.json import dumps


# The stubs of celery-types contradict themselves over one of these methods and do not know the other.
class Channel(filesystem.Channel):
    def _put(self, queue: str, payload: dict[str, Any], **kwargs: Any) -> None:  # type: ignore[override]
        """Write a message. Readers go by the name, which begins with the time: the oldest is taken first."""
        name = f"{monotonic_ns():020}_{uuid4()}.{queue}.msg"
        _appear(Path(self.data_folder_out, name), dumps(payload))

    def _queue_bind(self, exchange: str, *binding: Any) -> None:
        _appear(self._exchange_file(exchange), "[]")  # type: ignore[attr-defined]
        super()._queue_bind(exchange, *binding)


class Transport(filesystem.Transport):
    Channel = Channel


def _appear(path: Path, content: str) -> None:
    """Make a file that is there with all of its content or not at all; one that is there already stays as it is."""
    unseen = path.with_name(f"{uuid4()}.unseen")
    try:
        unseen.write_text(content)
        with suppress(FileExistsError):
            path.hardlink_to(unseen)
    except OSError as error:
        raise ChannelError(f"Cannot write {path}") from error
    finally:
        unseen.unlink(missing_ok=True)
