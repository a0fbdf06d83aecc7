"""Settings of the app that concern users, and roles. Each test that changes them has an emulator of its own."""

import base64
import json
import re
from datetime import datetime, timedelta, timezone

import pytest
from support import emulator, unique


@pytest.fixture
def own():
    with emulator() as own:
        yield own


@pytest.fixture
def app(new_client, own):
    """A client of an app that nobody else uses."""
    return new_client(own)


def test_settings_are_answered(client):
    response = client.get_app_settings()
    assert response.status_code() == 200
    assert sorted(response) == ["app", "duration"]
    assert response["app"]["enforce_unique_usernames"] == "no"
    assert response["app"]["multi_tenant_enabled"] is False
    assert '{"app":' in json.dumps(response)
    assert response.rate_limit().limit > 0


def test_what_is_sent_is_changed(app):
    assert app.update_app_settings().is_ok()
    app.update_app_settings(multi_tenant_enabled=True)
    assert app.get_app_settings()["app"]["multi_tenant_enabled"] is True


def test_event_hooks_are_replaced_as_a_whole(app):
    hooks = [
        {
            "hook_type": "webhook",
            "webhook_url": "https://example.com/webhook",
            "event_types": ["message.new", "message.updated"],
        },
        {"hook_type": "webhook", "webhook_url": "https://example.com", "event_types": []},
        {
            "hook_type": "pending_message",
            "webhook_url": "http://example.com",
            "timeout_ms": 500,
            "callback": {"mode": "CALLBACK_MODE_REST"},
        },
    ]
    assert app.update_app_settings(event_hooks=hooks).is_ok()
    answered = app.get_app_settings()["app"]["event_hooks"]
    for sent, got in zip(hooks, answered, strict=True):
        assert {key: got[key] for key in sent} == sent
    assert app.update_app_settings(event_hooks=[]).is_ok()
    assert app.get_app_settings()["app"]["event_hooks"] == []


def test_names_are_unique(app, refused):
    with refused(
        400, 4, "UpdateApp", "enforce_unique_usernames must be one of [no app team]"
    ):
        app.update_app_settings(enforce_unique_usernames="foobar")
    app.update_app_settings(enforce_unique_usernames="app")
    app.upsert_user({"id": "ada", "name": "Ada"})
    with refused(400, 6, "UpdateUsers", "username 'Ada' already exists"):
        app.upsert_users([{"id": "bob", "name": "Ada"}])
    app.update_app_settings(enforce_unique_usernames="team")
    app.upsert_user({"id": "bob", "name": "Ada"})
    app.update_user_partial({"id": "ada", "set": {"teams": ["blue"]}})
    with refused(
        400, 6, "UpdateUsersPartial", "username 'Ada' already exists in team 'blue'"
    ):
        app.update_user_partial({"id": "bob", "set": {"teams": ["blue"]}})


def test_guests_can_be_forbidden(app, refused):
    app.update_app_settings(guest_user_creation_disabled=True)
    with refused(403, 17, "CreateGuest", re.compile("guest")):
        app.set_guest_user({"id": "guest"})


def test_all_tokens_are_revoked_at_once(app, own, with_token, refused):
    app.upsert_user({"id": "ada"})
    now = datetime.now(timezone.utc)
    issued = int(now.timestamp()) - 60
    old = with_token(app.create_token("ada", iat=issued), own)
    assert old.get("users/block")["blocks"] == []
    app.revoke_tokens(now)
    with refused(401, 40, "GetBlockedUsers"):
        old.get("users/block")
    # What a server may do has nothing to do with it.
    settings = app.get_app_settings()["app"]
    assert datetime.fromisoformat(settings["revoke_tokens_issued_before"]) == now
    app.revoke_tokens((now - timedelta(hours=1)).isoformat())
    assert old.get("users/block")["blocks"] == []
    # As Python writes a time that has no zone.
    app.revoke_tokens(now.replace(tzinfo=None))
    with refused(401, 40, "GetBlockedUsers"):
        old.get("users/block")
    app.update_app_settings(revoke_tokens_issued_before=None)
    assert old.get("users/block")["blocks"] == []


def test_checks_can_be_turned_off(app, own, with_token, refused):
    app.upsert_users([{"id": "ada"}, {"id": "bob"}])
    claims = base64.urlsafe_b64encode(json.dumps({"user_id": "ada"}).encode())
    header = base64.urlsafe_b64encode(b'{"alg":"HS256","typ":"JWT"}')
    token = b".".join([header.rstrip(b"="), claims.rstrip(b"="), b"devtoken"])
    developer = with_token(token.decode(), own)
    with refused(401, 43, "GetBlockedUsers", "Token signature is invalid"):
        developer.get("users/block")
    app.update_app_settings(disable_auth_checks=True)
    assert developer.get("users/block")["blocks"] == []
    with refused(403, 17, "UpdateUsers"):
        developer.upsert_user({"id": "bob", "name": "Bob"})
    app.update_app_settings(disable_permissions_checks=True)
    developer.upsert_user({"id": "bob", "name": "Bob"})


def test_users_find_their_own_teams(app, own, with_token):
    app.update_app_settings(multi_tenant_enabled=True)
    app.upsert_users(
        [
            {"id": "ada", "teams": ["blue"]},
            {"id": "bob", "teams": ["blue"]},
            {"id": "eve", "teams": ["red"]},
        ]
    )
    as_ada = with_token(app.create_token("ada"), own)
    found = as_ada.query_users({})["users"]
    assert sorted(user["id"] for user in found) == ["ada", "bob"]
    assert len(app.query_users({})["users"]) == 3


def test_roles(client, refused):
    name = unique("role")
    assert client.create_role(name)["role"]["name"] == name

    def names():
        return [role["name"] for role in client.list_roles()["roles"]]

    assert {"user", "admin", name} <= set(names())
    user_id = unique()
    client.upsert_user({"id": user_id, "role": name})
    text = (
        f'role "{name}" cannot be deleted, at least one user is using this role '
        f'(ie. "{user_id}")'
    )
    with refused(400, 4, "DeleteRole", text):
        client.delete_role(name)
    client.upsert_user({"id": user_id, "role": "user"})
    client.delete_role(name)
    assert name not in names()
    with refused(400, 4, "CreateRole", 'role "admin" already exists'):
        client.create_role("admin")
