"""Who may call, what a user may do, and how often."""

import re
import time
from dataclasses import replace
from datetime import datetime, timezone

import jwt
import pytest
from stream_chat.base.exceptions import StreamAPIException
from support import SHARED, emulator, unique


def test_the_token_of_a_server_says_so(client):
    assert jwt.decode(client.auth_token, client.api_secret, ["HS256"]) == {"server": True}


def test_an_unknown_key_and_a_wrong_secret(new_client, refused):
    with refused(401, 2, "QueryUsers", "api_key not valid"):
        new_client(replace(SHARED, api_key="unknown")).query_users({})
    secret = "another-secret-of-enough-bytes-!"
    with refused(401, 43, "QueryUsers", "Token signature is invalid"):
        new_client(replace(SHARED, api_secret=secret)).query_users({})


def test_a_request_without_a_key(new_client, refused):
    client = new_client(SHARED)
    client.api_key = None
    with refused(401, 2, "QueryUsers", "api_key or app_id not provided"):
        client.query_users({})


def test_tokens_of_users(client, user, with_token, refused):
    now = int(time.time())

    def blocks(**claims):
        return with_token(client.create_token(user, **claims)).get("users/block")

    assert blocks()["blocks"] == []
    assert blocks(exp=now + 60, iat=now - 60, my_own="claim")["blocks"] == []
    with refused(401, 40, "GetBlockedUsers", re.compile("expired")):
        blocks(exp=now - 1)
    text = "JWTAuth error: token used before issue at (iat)"
    with refused(401, 42, "GetBlockedUsers", text):
        blocks(iat=now + 3600)
    with refused(401, 41, "GetBlockedUsers"):
        blocks(nbf=now + 3600)


def test_a_user_changes_itself_alone(client, users, with_token, refused):
    ada, bob, _ = users
    as_ada = with_token(client.create_token(ada))
    assert as_ada.upsert_user({"id": ada, "name": "Grace"})["users"][ada]["name"] == "Grace"
    text = re.compile("User with role 'user' is not allowed to perform action UpdateUser")
    with refused(403, 17, "UpdateUsers", text):
        as_ada.upsert_user({"id": bob, "name": "Eve"})
    with refused(403, 17, "UpdateUsersPartial"):
        as_ada.update_user_partial({"id": ada, "set": {"role": "admin"}})


def test_what_only_servers_may(client, user, with_token, refused):
    as_user = with_token(client.create_token(user))
    with refused(403, 17, "DeactivateUser"):
        as_user.deactivate_user(user)
    with refused(403, 17, "DeleteUser"):
        as_user.delete_user(user)
    with refused(403, 17, "DeleteUsers"):
        as_user.delete_users([user], "soft")
    with refused(403, 17, "RestoreUsers"):
        as_user.restore_users([user])
    with refused(403, 17, "ExportUser", re.compile("users can only be exported server side")):
        as_user.export_user(user)


def test_who_is_not_there_cannot_call(client, users, with_token, refused):
    clients = [with_token(client.create_token(id)) for id in users]
    client.deactivate_user(users[0])
    client.delete_user(users[1])
    with refused(404, 16, "GetBlockedUsers", f"the user {users[0]} was deactivated"):
        clients[0].get("users/block")
    with refused(404, 16, "GetBlockedUsers", f"the user {users[1]} was deleted"):
        clients[1].get("users/block")


def test_every_answer_says_what_is_left(client):
    first = client.query_users({}, limit=1).rate_limit()
    second = client.query_users({}, limit=1).rate_limit()
    assert second.limit == first.limit > first.remaining
    assert second.remaining < first.remaining or second.reset > first.reset
    assert second.reset > datetime.now(timezone.utc)


def test_quotas_can_be_asked_for(client):
    limits = client.get_rate_limits()
    assert {"server_side", "android", "ios", "web"} <= set(limits)
    limits = client.get_rate_limits(server_side=True, android=True)
    assert "ios" not in limits and "web" not in limits
    limits = client.get_rate_limits(
        server_side=True, android=True, endpoints=["GetRateLimits", "SendMessage"]
    )
    assert len(limits["android"]) == len(limits["server_side"]) == 2
    android, server = (
        limits[platform]["GetRateLimits"] for platform in ("android", "server_side")
    )
    assert android["limit"] == android["remaining"]
    assert server["limit"] > server["remaining"]


def test_documented_quotas_are_enforced(new_client):
    with emulator("--rate-limits=documented") as strict:
        client = new_client(strict)
        client.upsert_user({"id": "ada"})
        with pytest.raises(StreamAPIException) as caught:
            # A minute may begin in between; then what was counted is forgotten once.
            for _ in range(2 * 60 + 1):
                client.deactivate_user("ada")
                client.reactivate_user("ada")
        assert (caught.value.status_code, caught.value.error_code) == (429, 9)
        assert "Too many requests" in caught.value.error_message


def test_a_path_that_is_not_there(client, refused):
    for call in (client.get, client.post):
        with refused(404, 16, "Request", "Not Found"):
            call(f"nothing/{unique()}")
    # A method that a path does not have is answered in the same way.
    with refused(404, 16, "Request", "Not Found"):
        client.put("users")
