import io

from analyzer.reports import held


class Counted(io.BytesIO):
    """An output that counts its writes."""

    writes = 0

    def write(self, data):
        self.writes += 1
        return super().write(data)


def test_the_first_does_not_wait_and_lines_come_out_whole(monkeypatch):
    monkeypatch.setattr(held.time, "monotonic", lambda: 1000.0)
    out = Counted()
    lines = held.Held(out)
    lines.put([b"a", b"b"])
    assert out.getvalue() == b"a\nb\n"
    lines.put([b"c"])
    assert out.writes == 1
    lines.put([b"d" * (1 << 16)])
    assert out.getvalue() == b"a\nb\nc\n" + b"d" * (1 << 16) + b"\n"
    assert out.writes == 2


def test_what_waited_long_enough_goes(monkeypatch):
    now = iter((1000.0, 1000.0, 1000.1, 1000.3, 1000.3))
    monkeypatch.setattr(held.time, "monotonic", lambda: next(now))
    out = Counted()
    lines = held.Held(out)
    lines.put([b"a"])
    lines.put([b"b"])
    assert out.getvalue() == b"a\n"
    lines.put([b"c"])
    assert out.getvalue() == b"a\nb\nc\n"


def test_nothing_is_written_for_nothing():
    out = Counted()
    lines = held.Held(out)
    lines.put([])
    lines.flush()
    assert out.writes == 0


def test_a_report_of_lines_hands_on_what_it_gives():
    class Numbers(held.Lines):
        def lines(self, told):
            return [b"%d" % told] * told

    out = io.BytesIO()
    report = Numbers(out)
    for told in (1, 0, 2):
        report.add(told)
    report.flush()
    assert out.getvalue() == b"1\n2\n2\n"
    report.add(1)
    report.end(None)
    assert out.getvalue() == b"1\n2\n2\n1\n"
