"""Users who block each other."""

import re

import pytest
from getstream.models import QueryUsersPayload
from support import unique


def blocked_by(client, user_id):
    blocks = client.get_blocked_users(user_id=user_id).data.blocks
    return sorted(block.blocked_user_id for block in blocks)


def test_block_list_unblock(client, users):
    ada, bob, eve = users
    response = client.block_users(blocked_user_id=bob, user_id=ada)
    assert response.status_code() == 201
    assert response.data.blocked_by_user_id == ada
    assert response.data.blocked_user_id == bob
    created_at = response.data.created_at
    client.block_users(blocked_user_id=eve, user_id=ada)
    assert blocked_by(client, ada) == sorted([bob, eve])
    assert blocked_by(client, bob) == []

    [block] = [
        block
        for block in client.get_blocked_users(user_id=ada).data.blocks
        if block.blocked_user_id == bob
    ]
    assert (block.user_id, block.user.id) == (ada, ada)
    assert block.blocked_user.id == bob
    assert block.created_at == created_at

    [blocker] = client.query_users(
        QueryUsersPayload(filter_conditions={"id": ada})
    ).data.users
    assert sorted(blocker.blocked_user_ids) == sorted([bob, eve])

    response = client.unblock_users(blocked_user_id=bob, user_id=ada)
    assert response.status_code() == 201
    assert blocked_by(client, ada) == [eve]


def test_blocking_twice_is_blocking_once(client, users):
    for _ in range(2):
        client.block_users(blocked_user_id=users[1], user_id=users[0])
    assert blocked_by(client, users[0]) == [users[1]]
    for _ in range(2):
        client.unblock_users(blocked_user_id=users[1], user_id=users[0])
    assert blocked_by(client, users[0]) == []


def test_an_upsert_keeps_blocks(client, users):
    from getstream.models import UserRequest

    client.block_users(blocked_user_id=users[1], user_id=users[0])
    user = client.upsert_users(UserRequest(id=users[0], name="Ada"))
    assert user.data.users[users[0]].blocked_user_ids == [users[1]]


def test_a_server_says_who_blocks(client, user, refused):
    text = "either user or user_id must be provided when using server side auth."
    with refused(400, 4, "BlockUsers", text):
        client.block_users(blocked_user_id=user)
    with refused(400, 4, "UnblockUsers", text):
        client.unblock_users(blocked_user_id=user)
    with refused(400, 4, "GetBlockedUsers", text):
        client.get_blocked_users()


def test_the_user_is_named_once(client, users, refused):
    from getstream.models import UserRequest

    with refused(400, 4, "BlockUsers", "cannot set both user and user_id."):
        client.block_users(
            blocked_user_id=users[1],
            user_id=users[0],
            user=UserRequest(id=users[0]),
        )


def test_a_client_blocks_as_itself(client, users):
    ada, bob, _ = users
    as_ada = client.clone_for_token(client.create_token(ada))
    assert as_ada.block_users(blocked_user_id=bob).data.blocked_by_user_id == ada
    [block] = as_ada.get_blocked_users().data.blocks
    assert block.blocked_user_id == bob
    as_ada.unblock_users(blocked_user_id=bob)
    assert as_ada.get_blocked_users().data.blocks == []


def test_unknown_users_are_refused(client, user, refused):
    unknown = unique()
    with refused(404, 16, "BlockUsers", re.compile(unknown)):
        client.block_users(blocked_user_id=unknown, user_id=user)
    with refused(404, 16, "BlockUsers", re.compile(unknown)):
        client.block_users(blocked_user_id=user, user_id=unknown)


@pytest.mark.parametrize("state", ["deactivated", "deleted"])
def test_who_is_not_there_cannot_block(client, users, refused, state):
    if state == "deactivated":
        client.deactivate_user(user_id=users[0])
    else:
        client.delete_users(user_ids=[users[0]])
    with refused(404, 16, "BlockUsers", f"the user {users[0]} was {state}"):
        client.block_users(blocked_user_id=users[1], user_id=users[0])
