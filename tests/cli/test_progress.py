import io

from analyzer.cli import progress
from analyzer.cli.progress import Progress


def test_short_work_shows_nothing(monkeypatch):
    shown = io.StringIO()
    monkeypatch.setattr("sys.stderr", shown)
    with Progress(shown=True) as bar:
        bar(1, 10)
    assert shown.getvalue() == ""


def test_long_work_shows_how_far_it_is(monkeypatch):
    shown = io.StringIO()
    shown.isatty = lambda: True
    monkeypatch.setattr("sys.stderr", shown)
    monkeypatch.setenv("TERM", "xterm")
    monkeypatch.setattr(progress, "_QUIET_SECONDS", -1.0)
    with Progress(shown=True) as bar:
        bar(5_000_000, 10_000_000)
        bar(7_000_000, None)
    assert "5.0/10.0 MB" in shown.getvalue()


def test_not_wanted(monkeypatch):
    monkeypatch.setattr(progress, "_QUIET_SECONDS", -1.0)
    with Progress(shown=False) as bar:
        bar(5, 10)
        assert bar._bar is None
