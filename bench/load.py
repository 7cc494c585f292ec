"""The other process: posts every form of standard input once and prints what came back.

python -m bench.load PORT PATH CONNECTIONS POSTS_PER_SECOND < posts.json

With a rate of 0 every connection posts as fast as it is answered. With another, a post that had to wait for its
connection counts from when it should have gone out, so that a slow server cannot make itself look better.
"""

from __future__ import annotations

import json
import sys
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from http.client import HTTPConnection
from random import random
from time import perf_counter, sleep


def main(port: str, path: str, connections: str, rate: str) -> None:
    posts, lanes = json.load(sys.stdin), int(connections)
    began = perf_counter()
    pause = lanes / int(rate) if int(rate) else 0.0
    with ThreadPoolExecutor(lanes) as pool:
        lists = pool.map(lambda lane: post_all(int(port), path, posts[lane::lanes], pause), range(lanes))
        answers = [answer for each in lists for answer in each]
    seconds = perf_counter() - began
    times = sorted(milliseconds for _status, milliseconds in answers)
    found = {
        "statuses": Counter(str(status) for status, _milliseconds in answers),
        "seconds": seconds,
        "p50_ms": times[len(times) // 2],
        "p99_ms": times[len(times) * 99 // 100],
    }
    print(json.dumps(found))


def post_all(port: int, path: str, posts: list[tuple[str, str]], pause: float) -> list[tuple[int, float]]:
    """Post one form after the other over one connection; return the status and the time of each."""
    server, answers = HTTPConnection("127.0.0.1", port, timeout=30), []
    began = perf_counter() + random() * pause
    for place, (signature, body) in enumerate(posts):
        headers = {"Content-Type": "application/x-www-form-urlencoded", "X-Twilio-Signature": signature}
        started = began + place * pause if pause else perf_counter()
        sleep(max(0.0, started - perf_counter()))
        server.request("POST", path, body, headers)
        answer = server.getresponse()
        answer.read()
        answers.append((answer.status, (perf_counter() - started) * 1000))
    server.close()
    return answers


if __name__ == "__main__":
    main(*sys.argv[1:])
