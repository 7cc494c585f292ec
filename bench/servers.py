"""Which web server: the chat turn under the one that is shipped, and under the one that was left.

The limit is the price of threads that may wait for a gateway and still keep their database sessions.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from bench import chat_turn, serve
from bench.measure import interleaved

if TYPE_CHECKING:
    from collections.abc import Iterator

    from bench.measure import Ratio, Size

ROUNDS = 3  # a server is started for each
WARM_UPS = 4


def measure(size: Size) -> Iterator[Ratio]:
    chat_turn.prepare()
    names = tuple(serve.SERVERS)
    found = interleaved({name: lambda name=name: cpu_milliseconds(name, size.turns) for name in names}, ROUNDS)
    yield found.ratio(f"{' against '.join(names)}", "CPU ms a turn", names, limit=1.5)


def cpu_milliseconds(name: str, messages: int) -> float:
    with serve.serving(name) as server:
        for _warm_up in range(WARM_UPS):
            chat_turn.turns(chat_turn.OURS, chat_turn.WARM_UP)
        return chat_turn.cpu_milliseconds(server, chat_turn.OURS, messages)
