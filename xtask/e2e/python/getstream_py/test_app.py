"""Settings of the app that concern users, and roles. Each test that changes them has an emulator of its own."""

import base64
import json
import re
from datetime import datetime, timedelta, timezone

import pytest
from getstream.models import (
    EventHook,
    QueryUsersPayload,
    UpdateUserPartialRequest,
    UserRequest,
)
from support import emulator, unique


@pytest.fixture
def app(new_client):
    """A client of an app that nobody else uses."""
    with emulator() as own, new_client(own) as client:
        yield client


def test_settings_are_answered(client):
    response = client.get_app()
    assert response.status_code() == 200
    settings = response.data.app
    assert settings.enforce_unique_usernames == "no"
    assert settings.permission_version == "v2"
    assert settings.multi_tenant_enabled is False
    assert settings.disable_auth_checks is False
    assert settings.guest_user_creation_disabled is False
    assert settings.user_search_disallowed_roles == []


def test_what_is_sent_is_changed_and_nothing_else(app):
    assert app.update_app().status_code() == 200
    before = app.get_app().data.app
    app.update_app(multi_tenant_enabled=True, reminders_interval=120)
    after = app.get_app().data.app
    assert (after.multi_tenant_enabled, after.reminders_interval) == (True, 120)
    before.multi_tenant_enabled, before.reminders_interval = True, 120
    assert after == before


def test_event_hooks_are_replaced_as_a_whole(app):
    hooks = [
        EventHook(hook_type="webhook", webhook_url="https://example.com/a"),
        EventHook(
            hook_type="webhook",
            webhook_url="https://example.com/b",
            event_types=["user.updated"],
        ),
    ]
    app.update_app(event_hooks=hooks)
    answered = app.get_app().data.app.event_hooks
    assert [hook.webhook_url for hook in answered] == [hook.webhook_url for hook in hooks]
    assert answered[1].event_types == ["user.updated"]
    app.update_app(event_hooks=[])
    assert app.get_app().data.app.event_hooks == []


def test_a_setting_has_its_values(app, refused):
    text = "enforce_unique_usernames must be one of [no app team]"
    with refused(400, 4, "UpdateApp", text):
        app.update_app(enforce_unique_usernames="foobar")


def test_names_are_unique_in_the_app(app, refused):
    app.update_app(enforce_unique_usernames="app")
    app.upsert_users(UserRequest(id="ada", name="Ada"), UserRequest(id="bob", name="Bob"))
    text = "username 'Ada' already exists"
    with refused(400, 6, "UpdateUsers", text):
        app.upsert_users(UserRequest(id="eve", name="Ada"))
    with refused(400, 6, "UpdateUsersPartial", text):
        app.update_users_partial(
            users=[UpdateUserPartialRequest(id="bob", set={"name": "Ada"})]
        )
    app.deactivate_user(user_id="ada")
    app.upsert_users(UserRequest(id="eve", name="Ada"))
    with refused(400, 6, "ReactivateUser", text):
        app.reactivate_user(user_id="ada")
    app.reactivate_user(user_id="ada", name="Ada the first")


def test_names_are_unique_in_a_team(app, refused):
    app.update_app(enforce_unique_usernames="team")
    app.upsert_users(UserRequest(id="ada", name="Ada", teams=["blue"]))
    app.upsert_users(UserRequest(id="bob", name="Ada", teams=["red"]))
    with refused(400, 6, "UpdateUsers", "username 'Ada' already exists in team 'blue'"):
        app.upsert_users(UserRequest(id="eve", name="Ada", teams=["blue"]))


def test_guests_can_be_forbidden(app, refused):
    app.update_app(guest_user_creation_disabled=True)
    with refused(403, 17, "CreateGuest", re.compile("guest")):
        app.create_guest(user=UserRequest(id="guest"))


def test_all_tokens_are_revoked_at_once(app, refused):
    app.upsert_users(UserRequest(id="ada"))
    old = app.clone_for_token(app.create_token("ada"))
    app.update_app(revoke_tokens_issued_before=datetime.now(timezone.utc))
    with refused(401, 40, "GetBlockedUsers"):
        old.get_blocked_users()
    assert app.get_app().data.app.revoke_tokens_issued_before is not None
    hour_ago = datetime.now(timezone.utc) - timedelta(hours=1)
    app.update_app(revoke_tokens_issued_before=hour_ago)
    assert old.get_blocked_users().data.blocks == []


def test_checks_can_be_turned_off(app, refused):
    app.upsert_users(UserRequest(id="ada"), UserRequest(id="bob"))
    claims = base64.urlsafe_b64encode(json.dumps({"user_id": "ada"}).encode())
    header = base64.urlsafe_b64encode(b'{"alg":"HS256","typ":"JWT"}')
    token = b".".join([header.rstrip(b"="), claims.rstrip(b"="), b"devtoken"])
    developer = app.clone_for_token(token.decode())
    with refused(401, 43, "GetBlockedUsers", "Token signature is invalid"):
        developer.get_blocked_users()
    app.update_app(disable_auth_checks=True)
    assert developer.get_blocked_users().data.blocks == []
    with refused(403, 17, "UpdateUsers"):
        developer.upsert_users(UserRequest(id="bob", name="Bob"))
    app.update_app(disable_permissions_checks=True)
    developer.upsert_users(UserRequest(id="bob", name="Bob"))
    app.update_app(disable_auth_checks=False, disable_permissions_checks=False)
    with refused(401, 43, "GetBlockedUsers"):
        developer.get_blocked_users()


def test_users_find_their_own_teams(app, refused):
    app.update_app(multi_tenant_enabled=True)
    app.upsert_users(
        UserRequest(id="ada", teams=["blue"]),
        UserRequest(id="bob", teams=["blue"]),
        UserRequest(id="eve", teams=["red"]),
    )
    everybody = QueryUsersPayload(filter_conditions={})
    as_ada = app.clone_for_token(app.create_token("ada"))
    found = as_ada.query_users(everybody).data.users
    assert sorted(user.id for user in found) == ["ada", "bob"]
    assert len(app.query_users(everybody).data.users) == 3
    with refused(403, 17, "UpdateUsersPartial"):
        as_ada.update_users_partial(
            users=[UpdateUserPartialRequest(id="ada", set={"teams": ["red"]})]
        )


def test_some_may_not_look_for_users(app, refused):
    app.update_app(user_search_disallowed_roles=["user"])
    app.upsert_users(UserRequest(id="ada"))
    text = "User with role 'user' is not allowed to perform action SearchUser"
    with refused(403, 17, "QueryUsers", text):
        app.clone_for_token(app.create_token("ada")).query_users(
            QueryUsersPayload(filter_conditions={})
        )


def test_roles(client, refused):
    name = unique("role")
    role = client.create_role(name=name).data.role
    assert (role.name, role.custom) == (name, True)
    names = [role.name for role in client.list_roles().data.roles]
    assert {"user", "admin", "guest", "anonymous", name} <= set(names)
    with refused(400, 4, "CreateRole", f'role "{name}" already exists'):
        client.create_role(name=name)
    user_id = unique()
    user = client.upsert_users(UserRequest(id=user_id, role=name)).data.users[user_id]
    assert user.role == name
    text = (
        f'role "{name}" cannot be deleted, at least one user is using this role '
        f'(ie. "{user_id}")'
    )
    with refused(400, 4, "DeleteRole", text):
        client.delete_role(name=name)
    client.upsert_users(UserRequest(id=user_id, role="user"))
    client.delete_role(name=name)
    assert name not in [role.name for role in client.list_roles().data.roles]
    with refused(400, 4, "DeleteRole", f'role "{name}" does not exist'):
        client.delete_role(name=name)
    text = 'role "admin" is a built-in role and cannot be deleted'
    with refused(400, 4, "DeleteRole", text):
        client.delete_role(name="admin")


def test_devices(client, user):
    assert client.list_devices(user_id=user).data.devices == []
    device_id = unique("device")
    response = client.create_device(
        id=device_id, push_provider="apn", push_provider_name="mine", user_id=user
    )
    assert response.status_code() == 201
    [device] = client.list_devices(user_id=user).data.devices
    assert (device.id, device.user_id) == (device_id, user)
    assert (device.push_provider, device.push_provider_name) == ("apn", "mine")
    kept = client.upsert_users(UserRequest(id=user, name="Grace")).data.users[user]
    assert [device.id for device in kept.devices] == [device_id]
    assert client.delete_device(id=device_id, user_id=user).status_code() == 200
    assert client.list_devices(user_id=user).data.devices == []


def test_answers_are_compressed(client):
    assert client.get_app().headers()["content-encoding"] == "gzip"
