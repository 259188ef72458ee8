"""Sink: what libraries write goes on until the report is given up, and nobody but its owner closes it."""

import io

from analyzer.reports.sink import Sink


def test_all_is_handed_on_and_counted():
    out = io.BytesIO()
    sink = Sink(out)
    assert (sink.write(b"one"), sink.write(b""), sink.write(b"two")) == (3, 0, 3)
    sink.flush()
    sink.close()
    assert (out.getvalue(), sink.tell(), sink.closed, out.closed) == (b"onetwo", 6, False, False)


def test_nothing_is_written_once_it_is_left():
    out = io.BytesIO()
    sink = Sink(out)
    sink.write(b"one")
    sink.leave()
    assert sink.write(b"its end") == 7
    assert (out.getvalue(), sink.tell()) == (b"one", 10)
