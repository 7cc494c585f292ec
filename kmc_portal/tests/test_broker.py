"""The embedded broker: messages as files, each there whole or not at all."""

from __future__ import annotations

import errno
import multiprocessing
from contextlib import contextmanager, suppress
from pathlib import Path
from queue import Empty
from time import sleep

import pytest
from kombu import Connection
from kombu.exceptions import ChannelError

import kmc_portal.celery  # noqa: F401 - names the transport, in the writers' processes too

WRITERS, EACH = 2, 500


@pytest.fixture
def folders(tmp_path) -> dict[str, object]:
    for name in ("messages", "control"):
        (tmp_path / name).mkdir()
    messages = str(tmp_path / "messages")
    return {"data_folder_in": messages, "data_folder_out": messages, "control_folder": str(tmp_path / "control")}


@contextmanager
def queue(folders):
    with Connection("filesystem://", transport_options=folders) as broker:
        # Under a name of its own: kombu remembers in the process which queues it has bound.
        yield broker.SimpleQueue(Path(folders["control_folder"]).parent.name)


def write(folders) -> None:
    with queue(folders) as q:
        for number in range(EACH):
            q.put(number)
            sleep(0.0005)


def test_messages_are_taken_in_the_order_in_which_they_came(folders):
    with queue(folders) as q:
        for word in ("first", "second", "third"):
            q.put(word)
        found = [q.get(block=False).payload for _ in range(3)]

    assert found == ["first", "second", "third"]


def test_message_that_could_not_be_written_is_not_seen(folders, tmp_path, monkeypatch):
    def write_half(path: Path, text: str) -> None:
        path.write_bytes(text.encode()[: len(text) // 2])
        raise OSError(errno.ENOSPC, "No space left on device")

    with queue(folders) as q:
        with monkeypatch.context() as disk, pytest.raises(ChannelError, match="Cannot write"):
            disk.setattr(Path, "write_text", write_half)
            q.put("a task")

        with pytest.raises(Empty):
            q.get(block=False)
    assert list((tmp_path / "messages").iterdir()) == []


def test_reader_beside_writers_finds_every_message_whole(folders):
    """Of kombu's own messages it finds one in fifty empty."""
    spawn = multiprocessing.get_context("spawn")
    writers = [spawn.Process(target=write, args=(folders,)) for _ in range(WRITERS)]
    for one in writers:
        one.start()
    found = []
    with queue(folders) as q:
        while len(found) < WRITERS * EACH:
            with suppress(Empty):
                message = q.get(block=False)
                found.append(message.payload)
                message.ack()
    for one in writers:
        one.join()

    assert sorted(found) == sorted([*range(EACH)] * WRITERS)
