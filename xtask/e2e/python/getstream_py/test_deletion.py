"""Deleting users and restoring them."""

import re

import pytest
from getstream.models import QueryUsersPayload, UserRequest
from support import plant, unique, uniques

EVERYTHING = {"user": "hard", "messages": "hard", "conversations": "hard"}


@pytest.fixture
def delete(client):
    """Deletes users and waits until that is done."""

    def delete(ids, **modes):
        response = client.delete_users(user_ids=ids, **modes)
        assert response.status_code() == 201
        task = client.wait_for_task(response.data.task_id, poll_interval=0.02).data
        assert (task.status, task.error) == ("completed", None)
        assert task.result == {id: {"status": "ok"} for id in ids}

    return delete


def visible(client, ids):
    payload = QueryUsersPayload(filter_conditions={"id": {"$in": ids}})
    return sorted(user.id for user in client.query_users(payload).data.users)


@pytest.mark.parametrize(
    "modes",
    [
        {},
        {"user": "soft"},
        {"user": "pruning"},
        {"user": "pruning", "messages": "pruning"},
        {"user": "soft", "messages": "soft", "conversations": "soft", "calls": "soft"},
        EVERYTHING,
        {**EVERYTHING, "calls": "hard", "files": True},
    ],
    ids=str,
)
def test_a_deleted_user_is_gone_for_good(client, users, delete, refused, modes):
    delete(users, **modes)
    assert visible(client, users) == []
    with refused(404, 16, "UpdateUsers", f"the user {users[0]} was deleted"):
        client.upsert_users(UserRequest(id=users[0]))


def test_users_are_deleted_before_the_task_runs(client, user):
    client.delete_users(user_ids=[user])
    assert visible(client, [user]) == []


@pytest.mark.parametrize("weaker", ["soft", "pruning", None])
def test_a_hard_deletion_takes_everything(client, user, refused, weaker):
    with refused(400, 4, "DeleteUsers"):
        client.delete_users(
            user_ids=[user], user="hard", messages=weaker, conversations="hard"
        )
    with refused(400, 4, "DeleteUsers"):
        client.delete_users(
            user_ids=[user],
            user="hard",
            messages="hard",
            conversations=None if weaker == "pruning" else weaker,
        )
    assert visible(client, [user]) == [user]


@pytest.mark.parametrize(
    "field, allowed",
    [
        ("user", "soft pruning hard"),
        ("messages", "soft pruning hard"),
        ("conversations", "soft hard"),
        ("calls", "soft hard"),
    ],
)
def test_modes_are_words_of_a_list(client, user, refused, field, allowed):
    words = r"\s".join(f"({'|'.join(allowed.split())})" for _ in allowed.split())
    text = re.compile(rf"^{field} must be one of \[{words}\]$")
    with refused(400, 4, "DeleteUsers", text):
        client.delete_users(user_ids=[user], **{field: "gently"})


@pytest.mark.parametrize("count", [0, 101])
def test_1_to_100_users_are_deleted(client, refused, count):
    with refused(400, 4, "DeleteUsers", re.compile("user_ids")):
        client.delete_users(user_ids=uniques(count))


def test_an_heir_of_the_channels(client, users, delete):
    user, heir, friend = users
    cid = f"messaging:{unique('channel')}"
    plant(
        {"channels": [{"cid": cid, "created_by_id": user, "members": [heir, friend]}]}
    )
    delete([user], user="soft", new_channel_owner_id=heir)
    assert visible(client, users) == sorted([heir, friend])


def test_restoring_what_was_deleted_softly(client, user, delete):
    [before] = client.query_users(
        QueryUsersPayload(filter_conditions={"id": user})
    ).data.users
    delete([user])
    response = client.restore_users(user_ids=[user])
    assert response.status_code() == 201
    assert response.data.duration.endswith("ms")
    [after] = client.query_users(
        QueryUsersPayload(filter_conditions={"id": user})
    ).data.users
    assert (after.name, after.created_at) == (before.name, before.created_at)
    assert after.deleted_at is None
    client.upsert_users(UserRequest(id=user, name="Grace"))


def test_a_live_user_cannot_be_restored(client, user, refused):
    text = f'user "{user}" is not deleted, it can\'t be restored'
    with refused(400, 4, "RestoreUsers", text):
        client.restore_users(user_ids=[user])


@pytest.mark.parametrize("modes", [{"user": "pruning"}, EVERYTHING], ids=str)
def test_other_deletions_are_final(client, user, delete, refused, modes):
    delete([user], **modes)
    with refused(400, 4, "RestoreUsers"):
        client.restore_users(user_ids=[user])


def test_all_are_restored_or_none(client, users, delete, refused):
    delete(users[:1])
    with refused(400, 4, "RestoreUsers"):
        client.restore_users(user_ids=users)
    assert visible(client, users) == users[1:]


@pytest.mark.parametrize("count", [0, 101])
def test_1_to_100_users_are_restored(client, refused, count):
    with refused(400, 4, "RestoreUsers", re.compile("user_ids")):
        client.restore_users(user_ids=uniques(count))
