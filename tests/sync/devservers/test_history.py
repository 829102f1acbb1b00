"""What differs from one reading to the next is a change, whatever the objects say of themselves."""

from datetime import UTC, datetime, timedelta

from sync.devservers.history import History

START = datetime(2026, 11, 23, 8, 0, tzinfo=UTC)
OLD = "2026-10-01T08:00:00Z"


def later(minutes: int) -> datetime:
    return START + timedelta(minutes=minutes)


def test_the_first_reading_is_taken_as_it_is() -> None:
    entries, changed = History().observe([{"id": "1", "updated_at": OLD}, {"id": 2, "created_at": OLD}, "odd"], START)
    assert [entry.value for entry in entries] == [{"id": "1", "updated_at": OLD}, {"id": 2, "created_at": OLD}, "odd"]
    assert [entry.mark for entry in entries] == [datetime(2026, 10, 1, 8, tzinfo=UTC)] * 2 + [None]
    assert changed == ()


def test_an_edit_gets_the_moment_it_was_noticed_and_keeps_it() -> None:
    history = History()
    history.observe([{"id": "1", "name": "A", "updated_at": OLD}, {"id": "2", "updated_at": OLD}], START)
    edited = [{"id": "1", "name": "B", "updated_at": OLD}, {"id": "2", "updated_at": OLD}]
    entries, changed = history.observe(edited, later(1))
    assert changed == ("1",)
    assert entries[0].value == {"id": "1", "name": "B", "updated_at": "2026-11-23T08:01:00.000000Z"}
    assert entries[1].value["updated_at"] == OLD

    again, nothing = history.observe(edited, later(2))
    assert nothing == ()
    assert again == entries


def test_an_edit_taken_back_is_a_change_too() -> None:
    history = History()
    first = [{"id": "1", "name": "A", "updated_at": OLD}]
    history.observe(first, START)
    history.observe([{"id": "1", "name": "B", "updated_at": OLD}], later(1))
    entries, changed = history.observe(first, later(2))
    assert changed == ("1",)
    assert entries[0].mark == later(2)


def test_an_updated_at_in_the_future_is_passed_by_a_microsecond() -> None:
    history = History()
    history.observe([{"id": "1", "name": "A", "updated_at": "2027-01-01T00:00:00Z"}], START)
    entries, _ = history.observe([{"id": "1", "name": "B", "updated_at": "2027-01-01T00:00:00Z"}], later(1))
    assert entries[0].value["updated_at"] == "2027-01-01T00:00:00.000001Z"


def test_a_new_object_with_an_old_updated_at_is_a_change() -> None:
    history = History()
    history.observe([], START)
    entries, changed = history.observe([{"id": "1", "created_at": OLD}], later(1))
    assert changed == ("1",)
    assert entries[0].value == {"id": "1", "created_at": OLD, "updated_at": "2026-11-23T08:01:00.000000Z"}


def test_an_unreadable_updated_at_stays_as_it_is() -> None:
    history = History()
    history.observe([{"id": "1", "updated_at": "yesterday"}, {"id": "2"}], START)
    entries, changed = history.observe(
        [{"id": "1", "updated_at": "today"}, {"id": "2", "name": "New", "updated_at": None}], later(1)
    )
    assert changed == ("1", "2")
    assert [entry.value for entry in entries] == [
        {"id": "1", "updated_at": "today"},
        {"id": "2", "name": "New", "updated_at": None},
    ]
    assert [entry.mark for entry in entries] == [None, None]


def test_what_is_gone_becomes_a_tombstone_until_it_is_back() -> None:
    history = History()
    objects = [{"id": 7, "client_id": "1", "updated_at": OLD}, {"id": "8", "updated_at": OLD}]
    history.observe(objects, START)
    entries, changed = history.observe(objects[1:], later(1))
    assert changed == ("7",)
    assert [(entry.id, entry.gone) for entry in entries] == [("8", False), ("7", True)]
    assert entries[1].value == {"id": 7, "deleted_at": "2026-11-23T08:01:00.000000Z"}
    assert entries[1].mark == later(1)
    assert entries[1].fields == objects[0]

    unchanged, _ = history.observe(objects[1:], later(2))
    assert unchanged[1].mark == later(1)

    back, changed = history.observe(objects, later(3))
    assert changed == ("7",)
    assert (back[0].id, back[0].gone, back[0].mark) == ("7", False, later(3))
    assert len(back) == 2


def test_order_and_copies_are_no_change() -> None:
    history = History()
    one, two = {"id": "1", "updated_at": OLD}, {"id": "2", "updated_at": OLD}
    history.observe([one, two], START)
    entries, changed = history.observe([two, one, one], later(1))
    assert changed == ()
    assert [entry.value for entry in entries] == [two, one, one]
