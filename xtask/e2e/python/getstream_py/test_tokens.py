"""Who may call: keys, tokens of servers and of users, and what a user may do."""

import re
import time
from datetime import datetime, timedelta, timezone

import jwt
import pytest
from getstream.models import (
    QueryUsersPayload,
    UpdateUserPartialRequest,
    UserRequest,
)
from support import SHARED, unique


@pytest.fixture
def as_user(client, user):
    return client.clone_for_token(client.create_token(user))


def signed(client, claims, secret=None, algorithm="HS256"):
    token = jwt.encode(claims, secret or client.api_secret, algorithm=algorithm)
    return client.clone_for_token(token)


def test_the_token_of_a_server_has_no_claims(client, new_client):
    claims = jwt.decode(client.token, client.api_secret, algorithms=["HS256"])
    assert claims == {}
    assert new_client(SHARED).get_rate_limits().status_code() == 200


def test_the_token_of_a_user(client, user):
    token = client.create_token(user, expiration=3600)
    claims = jwt.decode(token, client.api_secret, algorithms=["HS256"])
    assert claims["user_id"] == user
    assert claims["exp"] - claims["iat"] == 3605
    as_user = client.clone_for_token(token)
    assert as_user.get_blocked_users().data.blocks == []


def test_a_token_for_calls_is_one_too(client, user):
    token = client.create_call_token(user, call_cids=["default:1"], role="host")
    assert client.clone_for_token(token).get_blocked_users().data.blocks == []


def test_an_unknown_key(new_client, refused):
    from dataclasses import replace

    client = new_client(replace(SHARED, api_key="unknown"))
    with refused(401, 2, "QueryUsers", "api_key not valid"):
        client.query_users(QueryUsersPayload(filter_conditions={}))


def test_a_wrong_secret(new_client, refused):
    from dataclasses import replace

    client = new_client(replace(SHARED, api_secret="another-secret-of-enough-bytes-!"))
    with refused(401, 43, "QueryUsers", "Token signature is invalid"):
        client.query_users(QueryUsersPayload(filter_conditions={}))


@pytest.mark.parametrize("algorithm", ["HS384", "HS512", "none"])
def test_other_algorithms_are_refused(client, user, refused, algorithm):
    secret = None if algorithm != "none" else ""
    token = jwt.encode(
        {"user_id": user},
        client.api_secret * 2 if secret is None else secret,
        algorithm=algorithm,
    )
    with refused(401, 43, "GetBlockedUsers", "Token signature is invalid"):
        client.clone_for_token(token).get_blocked_users()


def test_an_expired_token(client, user, refused):
    expired = client.clone_for_token(client.create_token(user, expiration=-1))
    with refused(401, 40, "GetBlockedUsers", re.compile("expired")):
        expired.get_blocked_users()


def test_a_token_that_is_not_valid_yet(client, user, refused):
    later = int(time.time()) + 3600
    with refused(401, 41, "GetBlockedUsers"):
        signed(client, {"user_id": user, "nbf": later}).get_blocked_users()


def test_a_token_from_the_future(client, user, refused):
    later = int(time.time()) + 3600
    text = "JWTAuth error: token used before issue at (iat)"
    with refused(401, 42, "GetBlockedUsers", text):
        signed(client, {"user_id": user, "iat": later}).get_blocked_users()


def test_a_revoked_token(client, user, refused):
    def revoke(before):
        client.update_users_partial(
            users=[
                UpdateUserPartialRequest(
                    id=user, set={"revoke_tokens_issued_before": before.isoformat()}
                )
            ]
        )

    now = datetime.now(timezone.utc)
    old = client.clone_for_token(client.create_token(user))
    undated = signed(client, {"user_id": user})
    revoke(now - timedelta(hours=1))
    assert old.get_blocked_users().status_code() == 200
    with refused(401, 40, "GetBlockedUsers"):
        undated.get_blocked_users()
    revoke(now)
    with refused(401, 40, "GetBlockedUsers"):
        old.get_blocked_users()
    # What a server may do has nothing to do with it.
    assert client.get_blocked_users(user_id=user).status_code() == 200
    client.update_users_partial(
        users=[
            UpdateUserPartialRequest(id=user, unset=["revoke_tokens_issued_before"])
        ]
    )
    assert old.get_blocked_users().status_code() == 200
    assert undated.get_blocked_users().status_code() == 200


@pytest.mark.parametrize("state", ["deactivated", "deleted"])
def test_who_is_not_there_cannot_call(client, user, as_user, refused, state):
    if state == "deactivated":
        client.deactivate_user(user_id=user)
    else:
        client.delete_users(user_ids=[user])
    with refused(404, 16, "GetBlockedUsers", f"the user {user} was {state}"):
        as_user.get_blocked_users()


def test_a_user_changes_itself(as_user, user):
    response = as_user.update_users_partial(
        users=[UpdateUserPartialRequest(id=user, set={"colour": "blue"})]
    )
    assert response.data.users[user].custom == {"colour": "blue"}
    response = as_user.upsert_users(UserRequest(id=user, name="Grace"))
    assert response.data.users[user].name == "Grace"


def test_a_user_does_not_change_its_role(as_user, user, refused):
    with refused(403, 17, "UpdateUsersPartial"):
        as_user.update_users_partial(
            users=[UpdateUserPartialRequest(id=user, set={"role": "admin"})]
        )


def test_a_user_does_not_change_others(as_user, users, refused):
    text = "User with role 'user' is not allowed to perform action UpdateUser"
    with refused(403, 17, "UpdateUsers", re.compile(text)):
        as_user.upsert_users(UserRequest(id=users[0], name="Eve"))
    with refused(403, 17, "UpdateUsersPartial"):
        as_user.update_users_partial(
            users=[UpdateUserPartialRequest(id=users[0], set={"a": 1})]
        )


def test_a_user_finds_others(as_user, users):
    found = as_user.query_users(
        QueryUsersPayload(filter_conditions={"id": {"$in": users}})
    ).data.users
    assert sorted(user.id for user in found) == users


def test_what_only_servers_may(as_user, user, refused):
    task = "1f0e7b9e-5d6c-4d1f-8c43-2a1b0c9d8e7f"
    with refused(403, 17, "DeactivateUser"):
        as_user.deactivate_user(user_id=user)
    with refused(403, 17, "ReactivateUser"):
        as_user.reactivate_user(user_id=user)
    with refused(403, 17, "DeactivateUsers"):
        as_user.deactivate_users(user_ids=[user])
    with refused(403, 17, "ReactivateUsers"):
        as_user.reactivate_users(user_ids=[user])
    with refused(403, 17, "DeleteUsers"):
        as_user.delete_users(user_ids=[user])
    with refused(403, 17, "RestoreUsers"):
        as_user.restore_users(user_ids=[user])
    with refused(403, 17, "GetTask"):
        as_user.get_task(id=task)
    exports = re.compile("users can only be exported server side")
    with refused(403, 17, "ExportUser", exports):
        as_user.export_user(user_id=user)
    with refused(403, 17, "ExportUsers", exports):
        as_user.export_users(user_ids=[user])
