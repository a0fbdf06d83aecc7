"""Deactivating and reactivating users, one by one and in bulk."""

import re

import pytest
from getstream.models import QueryUsersPayload, UserRequest
from support import unique, uniques


def visible(client, ids):
    payload = QueryUsersPayload(filter_conditions={"id": {"$in": ids}}, limit=100)
    return sorted(user.id for user in client.query_users(payload).data.users)


def test_one_user(client, user):
    response = client.deactivate_user(user_id=user)
    assert response.status_code() == 201
    assert response.data.user.id == user
    assert response.data.user.deactivated_at is not None
    assert visible(client, [user]) == []

    response = client.reactivate_user(user_id=user)
    assert response.status_code() == 201
    assert response.data.user.id == user
    assert response.data.user.deactivated_at is None
    assert response.data.user.name == "Ada"
    assert visible(client, [user]) == [user]


def test_who_did_it_and_what_becomes_of_the_messages(client, users):
    user, moderator, _ = users
    client.deactivate_user(
        user_id=user, mark_messages_deleted=True, created_by_id=moderator
    )
    response = client.reactivate_user(
        user_id=user, restore_messages=True, created_by_id=moderator, name="Grace"
    )
    assert response.data.user.name == "Grace"


def test_an_active_user_cannot_be_reactivated(client, user, refused):
    with refused(400, 4, "ReactivateUser", re.compile("is not deactivated")):
        client.reactivate_user(user_id=user)


def test_a_deactivated_user_cannot_be_deactivated(client, user, refused):
    client.deactivate_user(user_id=user)
    with refused(400, 4, "DeactivateUser", re.compile("already deactivated")):
        client.deactivate_user(user_id=user)


def test_an_unknown_user(client, refused):
    with refused(404, 16, "DeactivateUser"):
        client.deactivate_user(user_id=unique())
    with refused(404, 16, "ReactivateUser"):
        client.reactivate_user(user_id=unique())


def test_a_deleted_user(client, user, refused):
    client.delete_users(user_ids=[user])
    with refused(404, 16, "DeactivateUser", f"the user {user} was deleted"):
        client.deactivate_user(user_id=user)


def test_an_id_that_needs_escaping(client):
    user_id = f"a@b-{unique()}"
    client.upsert_users(UserRequest(id=user_id))
    assert client.deactivate_user(user_id=user_id).data.user.id == user_id
    assert client.reactivate_user(user_id=user_id).data.user.id == user_id


def test_in_bulk(client, users):
    response = client.deactivate_users(user_ids=users)
    assert response.status_code() == 201
    assert re.fullmatch(r"[0-9a-f-]{36}", response.data.task_id)
    task = client.wait_for_task(response.data.task_id, poll_interval=0.02).data
    assert task.status == "completed"
    assert task.error is None
    assert sorted(user["id"] for user in task.result["users"]) == users
    assert all("deactivated_at" in user for user in task.result["users"])
    assert visible(client, users) == []

    response = client.reactivate_users(user_ids=users)
    assert response.status_code() == 201
    task = client.wait_for_task(response.data.task_id, poll_interval=0.02).data
    assert sorted(user["id"] for user in task.result["users"]) == users
    assert not any("deactivated_at" in user for user in task.result["users"])
    assert visible(client, users) == users


def test_in_bulk_with_everything(client, users):
    task = client.deactivate_users(
        user_ids=users[:2],
        created_by_id=users[2],
        mark_messages_deleted=True,
        mark_channels_deleted=True,
    )
    client.wait_for_task(task.data.task_id, poll_interval=0.02)
    task = client.reactivate_users(
        user_ids=users[:2],
        created_by_id=users[2],
        restore_messages=True,
        restore_channels=True,
    )
    client.wait_for_task(task.data.task_id, poll_interval=0.02)
    assert visible(client, users) == users


@pytest.mark.parametrize("count", [0, 101])
def test_a_bulk_has_1_to_100_users(client, refused, count):
    with refused(400, 4, "DeactivateUsers", re.compile("user_ids")):
        client.deactivate_users(user_ids=uniques(count))
    with refused(400, 4, "ReactivateUsers", re.compile("user_ids")):
        client.reactivate_users(user_ids=uniques(count))
