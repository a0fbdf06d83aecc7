"""Exports of users, and the tasks that make them."""

import json
import re
import uuid

import pytest
from getstream.exceptions import StreamTaskException, StreamTransportException
from getstream.models import UserRequest
from support import advance, download, emulator, plant, unique, uniques


@pytest.fixture
def author(users):
    """A user with two messages, one of them liked, and a reaction."""
    author, friend, _ = users
    cid = f"messaging:{unique('channel')}"
    first, second, other = (unique("message") for _ in range(3))
    plant(
        {
            "channels": [{"cid": cid, "members": [author, friend]}],
            "messages": [
                {"id": first, "cid": cid, "user_id": author, "text": "hello"},
                {"id": second, "cid": cid, "user_id": author, "text": "goodbye"},
                {"id": other, "cid": cid, "user_id": friend, "text": "hello yourself"},
            ],
            "reactions": [
                {"message_id": first, "user_id": friend, "type": "like"},
                {"message_id": other, "user_id": author, "type": "love"},
            ],
        }
    )
    return {"id": author, "messages": {first: "hello", second: "goodbye"}, "other": other}


def test_one_user(client, author):
    response = client.export_user(user_id=author["id"])
    assert response.status_code() == 200
    export = response.data
    assert export.user.id == author["id"]
    assert {message.id: message.text for message in export.messages} == author["messages"]
    [reaction] = export.reactions
    assert (reaction.type, reaction.message_id) == ("love", author["other"])


def test_a_user_who_wrote_nothing(client, user):
    export = client.export_user(user_id=user).data
    assert (export.user.id, export.user.name) == (user, "Ada")
    assert not export.messages and not export.reactions


def test_an_unknown_user(client, refused):
    with refused(404, 16, "ExportUser"):
        client.export_user(user_id=unique())


def test_a_file_of_several_users(client, users, author):
    response = client.export_users(user_ids=users)
    assert response.status_code() == 201
    task = client.wait_for_task(response.data.task_id, poll_interval=0.02).data
    assert task.status == "completed"
    assert list(task.result) == ["url"]
    assert "/exports/users/" in task.result["url"]
    status, text = download(task.result["url"])
    assert status == 200
    lines = [json.loads(line) for line in text.splitlines()]
    assert len(lines) >= len(users)
    for user_id in users:
        assert f'"{user_id}"' in text
    for words in author["messages"].values():
        assert words in text
    # The address is signed: it is of no use without its query.
    status, _ = download(task.result["url"].partition("?")[0])
    assert status == 403


@pytest.mark.parametrize("count", [0, 26])
def test_1_to_25_users_are_exported(client, refused, count):
    with refused(400, 4, "ExportUsers", re.compile("user_ids")):
        client.export_users(user_ids=uniques(count))


def test_an_export_that_fails_is_a_failed_task(client, user):
    unknown = unique()
    task_id = client.export_users(user_ids=[user, unknown]).data.task_id
    with pytest.raises(StreamTaskException) as caught:
        client.wait_for_task(task_id, poll_interval=0.02)
    assert caught.value.task_id == task_id
    assert unknown in caught.value.description
    assert caught.value.error_type
    task = client.get_task(id=task_id).data
    assert (task.status, task.result) == ("failed", None)


def test_a_task_goes_from_pending_over_running_to_completed(new_client):
    with emulator("--task-latency=60m") as slow:
        client = new_client(slow)
        client.upsert_users(UserRequest(id="ada"))
        task_id = client.delete_users(user_ids=["ada"]).data.task_id

        def task():
            return client.get_task(id=task_id).data

        first = task()
        assert (first.task_id, first.status) == (task_id, "pending")
        assert (first.result, first.error) == (None, None)
        advance("40m", slow)
        assert (task().status, task().result) == ("running", None)
        advance("30m", slow)
        last = task()
        assert (last.status, last.result) == ("completed", {"ada": {"status": "ok"}})
        assert last.created_at == first.created_at
        assert last.updated_at > first.updated_at


def test_waiting_for_a_task_can_take_too_long(new_client):
    with emulator("--task-latency=1m") as slow:
        client = new_client(slow)
        client.upsert_users(UserRequest(id="ada"))
        task_id = client.delete_users(user_ids=["ada"]).data.task_id
        with pytest.raises(StreamTransportException) as caught:
            client.wait_for_task(task_id, poll_interval=0.02, timeout=0.1)
        assert caught.value.error_type == "timeout"


def test_an_unknown_task(client, refused):
    task_id = str(uuid.uuid4())
    with refused(404, 16, "GetTask", f'Can\'t find task with id "{task_id}"'):
        client.get_task(id=task_id)
