"""Changing parts of users, and revoking their tokens, which is one."""

import re
from datetime import datetime, timedelta, timezone

import pytest
from support import unique, uniques


@pytest.fixture
def update(client, stored):
    """Changes one user and gives what is answered, which is also what is stored."""

    def update(user_id, **change):
        response = client.update_user_partial({"id": user_id, **change})
        assert response.status_code() == 200
        answered = response["users"][user_id]
        assert stored(user_id) == answered
        return answered

    return update


def test_custom_keys(update, user):
    changed = update(user, set={"field": "updated", "none": None, "tags": ["a"]})
    assert (changed["field"], changed["none"], changed["tags"]) == ("updated", None, ["a"])
    assert changed["name"] == "Ada"
    changed = update(user, unset=["field", "name"])
    assert "field" not in changed
    assert not changed.get("name")


def test_what_the_service_knows(update, user):
    update(user, set={"teams": ["blue"]})
    changed = update(
        user,
        set={
            "team": "blue",
            "teams_role": {"blue": "admin"},
            "role": "admin",
            "language": "nl",
            "invisible": True,
        },
    )
    assert changed["team"] == "blue"
    assert changed["teams_role"] == {"blue": "admin"}
    assert (changed["role"], changed["language"]) == ("admin", "nl")
    assert changed["invisible"] is True


def test_dotted_paths(update, user):
    fields = {"subfield1": "value1", "subfield2": {"deep": 1}}
    assert update(user, set={"fields": fields})["fields"] == fields
    changed = update(user, unset=["fields.subfield1"], set={"fields.third": 3})
    assert changed["fields"] == {"subfield2": {"deep": 1}, "third": 3}
    changed = update(user, unset=["fields.subfield2.deep"])
    assert changed["fields"] == {"subfield2": {}, "third": 3}


def test_privacy_settings_are_merged(update, user):
    update(user, set={"privacy_settings": {"typing_indicators": {"enabled": True}}})
    changed = update(user, set={"privacy_settings": {"read_receipts": {"enabled": False}}})
    assert changed["privacy_settings"] == {
        "typing_indicators": {"enabled": True},
        "read_receipts": {"enabled": False},
    }


def test_several_users_at_once(client, users):
    response = client.update_users_partial([{"id": id, "set": {"n": id}} for id in users])
    assert {id: user["n"] for id, user in response["users"].items()} == {
        id: id for id in users
    }


@pytest.mark.parametrize(
    "key", ["test..test", " test.test", " test. test", " test.test ", ".test.test", "test.test."]
)
def test_keys_have_a_grammar(client, user, refused, key):
    with refused(400, 4, "UpdateUsersPartial"):
        client.update_user_partial({"id": user, "set": {key: "111"}})
    with refused(400, 4, "UpdateUsersPartial"):
        client.update_user_partial({"id": user, "unset": [key]})


def test_reserved_keys_are_refused(client, user, refused):
    text = re.compile("online is a reserved field")
    with refused(400, 4, "UpdateUsersPartial", text):
        client.update_user_partial({"id": user, "set": {"online": True}})


def test_an_undefined_role_is_refused(client, user, refused):
    text = 'role "pilot" provided but not defined'
    with refused(400, 4, "UpdateUsersPartial", text):
        client.update_user_partial({"id": user, "set": {"role": "pilot"}})


def test_an_unknown_user_is_refused(client, refused):
    unknown = unique()
    with refused(404, 16, "UpdateUsersPartial", re.compile(unknown)):
        client.update_user_partial({"id": unknown, "set": {"a": 1}})


def test_more_than_a_hundred_are_refused(client, refused):
    with refused(400, 4, "UpdateUsersPartial"):
        client.update_users_partial([{"id": id, "set": {"a": 1}} for id in uniques(101)])


def test_a_users_tokens_are_revoked(client, users, with_token, refused, stored):
    ada, bob, _ = users
    issued = int(datetime.now(timezone.utc).timestamp()) - 60
    of_ada = with_token(client.create_token(ada, iat=issued))
    of_bob = with_token(client.create_token(bob, iat=issued))
    assert of_ada.get("users/block")["blocks"] == []

    before = datetime.now(timezone.utc)
    answer = client.revoke_user_token(ada, before)
    revoked = answer["users"][ada]["revoke_tokens_issued_before"]
    assert datetime.fromisoformat(revoked) == before
    assert stored(ada)["revoke_tokens_issued_before"] == revoked
    with refused(401, 40, "GetBlockedUsers"):
        of_ada.get("users/block")
    assert of_bob.get("users/block")["blocks"] == []

    # What is revoked from a moment before the token was issued on is not this token.
    client.revoke_users_token([ada, bob], datetime.fromtimestamp(issued - 1, timezone.utc))
    for of_user in (of_ada, of_bob):
        assert of_user.get("users/block")["blocks"] == []
    client.revoke_users_token([ada, bob], before.isoformat())
    for of_user in (of_ada, of_bob):
        with refused(401, 40, "GetBlockedUsers"):
            of_user.get("users/block")

    # Null takes it back.
    client.update_user_partial({"id": ada, "set": {"revoke_tokens_issued_before": None}})
    assert of_ada.get("users/block")["blocks"] == []
    assert "revoke_tokens_issued_before" not in stored(ada)


def test_a_time_without_a_zone_is_in_utc(client, user, with_token, refused):
    # The SDK writes such times as Python does, without a zone.
    old = with_token(client.create_token(user, iat=1_700_000_000))
    later = datetime(2023, 11, 14, 23, 13, 20, 123456)
    answer = client.revoke_user_token(user, later)
    revoked = answer["users"][user]["revoke_tokens_issued_before"]
    assert revoked == "2023-11-14T23:13:20.123456Z"
    with refused(401, 40, "GetBlockedUsers"):
        old.get("users/block")
    client.revoke_user_token(user, later - timedelta(hours=2))
    assert old.get("users/block")["blocks"] == []
