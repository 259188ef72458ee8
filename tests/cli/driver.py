"""tlsscan with a made-up road: what the command line does with handshakes, whatever reads them.

A script for the tests' subprocesses.  Inputs are words: "N" gives N handshakes, "damaged" and "limit" end so, "slow" waits
for ever after two handshakes, "crash" raises, "plain" gives a connection that came to none after each, "bad…" is no capture.
"""

from __future__ import annotations

import sys
import time

from analyzer.cli import main, run
from analyzer.errors import NotACaptureError
from analyzer.handshakes.handshake import Endpoint, Handshake, Seen
from analyzer.handshakes.prelude import Plain, Prelude
from analyzer.scanning import Counters, Source
from analyzer.tls.messages import ClientHello

HELLO = ClientHello(version=0x0303, random=b"r" * 32, session_id=b"", cipher_suites=(0x1301,), compression_methods=(0,), extensions=())


def handshake(number):
    start = 1_767_225_600_000_000_000 + number
    return Handshake(
        number=number,
        client=Endpoint(bytes([192, 0, 2, 1]), 1024 + number % 60_000),
        server=Endpoint(bytes([198, 51, 100, 7]), 443),
        start=start,
        end=start + 10**7,
        outcome="unanswered",
        seen=[Seen("client", 1, 47, number, number, start, HELLO)],
        packets=[number],
        client_hello=HELLO,
        client_hellos=[HELLO],
    )


def plain(number):
    start = 1_767_225_600_000_000_000 + number
    spoken = Prelude(protocol="smtp", offered=True, greeting=b"220 mail.example", packets=[number], start=start, end=start)
    return Plain(client=Endpoint(bytes([192, 0, 2, 2]), 1024), server=Endpoint(bytes([198, 51, 100, 7]), 25), preludes=[spoken])


class Stream:
    def __init__(self, inputs, *, limits, progress):
        self.inputs, self.limits, self.progress = inputs, limits, progress
        self.sources = [Source(name=name, format="pcap", packets=1) for name in inputs]
        self.counters = Counters()
        self.reading = False

    def everything(self):
        number = 0
        for name, source in zip(self.inputs, self.sources, strict=True):
            for _ in range(int(name) if name.isdigit() else 2):
                number += 1
                yield handshake(number)
                if name == "plain":
                    yield plain(number)
                self.progress(number, None)
            if name == "damaged":
                source.damage = "cut off after packet 2\x1b[31m"
            if name == "limit":
                self.counters.limits["flows"] = self.limits.flows
            if name == "crash":
                raise ZeroDivisionError("wires crossed")
            while name == "slow":
                try:
                    self.reading = True
                    time.sleep(0.01)
                except KeyboardInterrupt:
                    return
                finally:
                    self.reading = False
                self.progress(number, None)


def captures(inputs, messages, *, quiet):
    assert quiet in {True, False}
    good = []
    for name in inputs:
        if name.startswith("bad"):
            messages.add(str(NotACaptureError(f"{name}: not a capture file")))
        else:
            good.append(name)
    return good, len(good) == len(inputs)


def install(patch):
    patch(run, "stream", Stream)
    patch(run, "captures_of", captures)


if __name__ == "__main__":
    install(setattr)
    sys.exit(main())
