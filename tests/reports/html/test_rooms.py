"""What is telling keeps a part of the room for itself."""

from analyzer.reports.html.rooms import Room


def test_the_usual_leaves_room_for_what_is_telling():
    room = Room(8)
    assert [room.take(telling=False) for _ in range(8)] == [True] * 6 + [False] * 2
    assert [room.take(telling=True) for _ in range(3)] == [True, True, False]
    assert (room.taken, room.left_out) == (8, 3)
