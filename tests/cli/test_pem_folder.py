"""A folder of PEM files: each whole or not at all, none over another."""

import os
from pathlib import Path

import pytest

from analyzer.cli import pem_folder
from analyzer.cli.pem_folder import INDEX, PemFolder
from analyzer.findings.tables import TABLES
from analyzer.reports import pem
from analyzer.reports.inventory import COLUMNS, Inventory, Wanted
from analyzer.reports.report import Told
from analyzer.scanning import Source, stream

LONG = Path(__file__).parents[2] / "samples" / "tls12-long-chain.pcapng"


@pytest.fixture(scope="module")
def inventory():
    walk, found = stream([str(LONG)]), Inventory(TABLES, Wanted(chains=True))
    told = Told(TABLES, [Source(name="a.pcap", format="pcap")])
    for one in walk.everything():
        told.take(one)
        found.add(told)
    assert len(found.entries()) > 1
    return found


@pytest.fixture
def names(inventory):
    return [*(inventory.file(entry) for entry in inventory.entries()), *(name for name, _ in inventory.chains())]


def written(place, inventory):
    folder = PemFolder(str(place))
    folder.make()
    folder.write(inventory)
    return folder


def test_all_of_it_and_nothing_unfinished(tmp_path, inventory, names):
    folder = written(tmp_path / "a" / "b", inventory)
    assert folder.refused == []
    assert {path.name for path in (tmp_path / "a" / "b").iterdir()} == {INDEX, *names}
    assert folder.told == f"{tmp_path / 'a' / 'b'}: {len(names)} files written"
    entry = inventory.entries()[0]
    assert (tmp_path / "a" / "b" / inventory.file(entry)).read_text() == pem.block(inventory.der(entry))


def test_no_links_no_matter(tmp_path, inventory, names, monkeypatch):
    def no_links(*_):
        raise OSError(95, "Operation not supported")

    monkeypatch.setattr(os, "link", no_links)
    assert written(tmp_path, inventory).refused == []
    assert {path.name for path in tmp_path.iterdir()} == {INDEX, *names}
    (tmp_path / names[0]).write_text("other")
    assert len(written(tmp_path, inventory).refused) == 1
    assert (tmp_path / names[0]).read_text() == "other"


@pytest.mark.parametrize("kind", ["folder", "link to nothing", "link to another", "pipe"])
def test_what_stands_in_a_files_place_stays(tmp_path, inventory, names, kind):
    place = tmp_path / names[0]
    (tmp_path / "elsewhere").write_text("mine")
    make = {
        "folder": place.mkdir,
        "link to nothing": lambda: place.symlink_to("nowhere"),
        "link to another": lambda: place.symlink_to("elsewhere"),
        "pipe": lambda: os.mkfifo(place),
    }
    make[kind]()
    folder = written(tmp_path, inventory)
    assert folder.refused == [f"{place}: is there with another content, and stays"]
    assert (tmp_path / "elsewhere").read_text() == "mine"
    assert not (tmp_path / "nowhere").exists()
    assert {path.name for path in tmp_path.iterdir()} == {INDEX, "elsewhere", *names}


def test_many_refusals_are_counted(tmp_path, inventory, names):
    for name in names:
        (tmp_path / name).mkdir()
    refused = written(tmp_path, inventory).refused
    assert len(refused) <= pem_folder._REFUSED + 1
    if len(names) > pem_folder._REFUSED:
        assert refused[-1].startswith(f"and {len(names) - pem_folder._REFUSED} more files")


def test_an_index_of_ours_is_replaced_and_another_stays(tmp_path, inventory):
    index = tmp_path / INDEX
    written(tmp_path, inventory)
    first = index.read_bytes()
    index.write_bytes(first.splitlines(keepends=True)[0])
    assert written(tmp_path, inventory).refused == []
    assert index.read_bytes() == first
    assert first.startswith(",".join(column.name for column in COLUMNS).encode())
    index.write_text("mine\n")
    assert written(tmp_path, inventory).refused == [f"{index}: is there with another content, and stays"]
    assert index.read_text() == "mine\n"


def test_what_found_no_room_is_told(tmp_path, inventory, monkeypatch):
    monkeypatch.setattr(inventory, "left_out", {"certificates": 3})
    assert written(tmp_path, inventory).refused == ["3 more certificates found no room and are not written"]


def test_the_folder_went_away(tmp_path, inventory):
    folder = PemFolder(str(tmp_path / "gone"))
    folder.make()
    (tmp_path / "gone").rmdir()
    folder.write(inventory)
    assert folder.refused == [f"{tmp_path / 'gone'}: cannot be written: No such file or directory"]
