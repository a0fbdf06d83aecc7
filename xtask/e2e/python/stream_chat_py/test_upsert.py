"""Creating and replacing users."""

import re
from datetime import datetime, timedelta, timezone

import pytest
from support import unique, uniques

#: RFC 3339 in UTC, with what is needed of a fraction.
TIME = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d{0,8}[1-9])?Z")


def test_a_user_is_created_with_what_the_service_adds(client):
    user_id = unique()
    response = client.upsert_user({"id": user_id, "name": "Ada", "image": "a.png"})
    assert response.status_code() == 201
    assert response.is_ok()
    assert list(response["users"]) == [user_id]
    user = dict(response["users"][user_id])
    created_at, updated_at = user.pop("created_at"), user.pop("updated_at")
    assert TIME.fullmatch(created_at) and TIME.fullmatch(updated_at)
    age = datetime.now(timezone.utc) - datetime.fromisoformat(created_at)
    assert abs(age) < timedelta(minutes=1)
    # The whole answer: no field that is not set is there, and nothing stands in `custom`.
    assert user == {
        "id": user_id,
        "name": "Ada",
        "image": "a.png",
        "role": "user",
        "language": "",
        "teams": [],
        "blocked_user_ids": [],
        "devices": [],
        "mutes": [],
        "channel_mutes": [],
        "banned": False,
        "shadow_banned": False,
        "online": False,
        "invisible": False,
        "total_unread_count": 0,
        "unread_count": 0,
        "unread_channels": 0,
        "unread_threads": 0,
    }


def test_custom_data_stands_beside_the_other_fields(client, stored):
    user_id = unique()
    sent = {
        "id": user_id,
        "name": "Ada Lovelace",
        "role": "admin",
        "language": "en",
        "invisible": True,
        "teams": ["blue", "red"],
        "teams_role": {"blue": "admin"},
        "privacy_settings": {"typing_indicators": {"enabled": False}},
        "colour": "ünï ✓",
        "whole": 9007199254740993,
        "broken": 0.1,
        "nothing": None,
        "list": [1, "two", [3]],
        "nested": {"deep": {"deeper": []}},
        "when": "2026-01-02T03:04:05+00:00",
    }
    answered = client.upsert_user(sent)["users"][user_id]
    for user in (answered, stored(user_id)):
        assert {key: user[key] for key in sent} == sent
        assert "custom" not in user


def test_a_role_in_a_team_that_is_no_team_of_the_user(client):
    # What `team` is the service does not know; older users write it beside the roles in teams.
    user_id = unique()
    sent = {"id": user_id, "team": "blue", "teams_role": {"blue": "admin"}}
    user = client.upsert_user(sent)["users"][user_id]
    assert user["team"] == "blue"
    assert user["teams_role"] == {"blue": "admin"}


def test_both_forms_show_the_same_user(client, stored):
    getstream = pytest.importorskip("getstream")
    from getstream.models import QueryUsersPayload
    from support import SHARED

    user_id = unique()
    client.upsert_user({"id": user_id, "name": "Ada", "colour": "green"})
    with getstream.Stream(
        api_key=SHARED.api_key,
        api_secret=SHARED.api_secret,
        base_url=SHARED.base_url,
    ) as newer:
        [user] = newer.query_users(
            QueryUsersPayload(filter_conditions={"colour": "green", "id": user_id})
        ).data.users
    assert user.custom == {"colour": "green"}
    older = datetime.fromisoformat(stored(user_id)["created_at"])
    assert abs(older - user.created_at) < timedelta(milliseconds=1)


def test_an_upsert_replaces_what_is_not_sent(client):
    user_id = unique()
    client.upsert_user(
        {"id": user_id, "name": "Ada", "role": "admin", "teams": ["a"], "b": 1, "c": 2}
    )
    user = client.upsert_user({"id": user_id, "c": 3})["users"][user_id]
    assert user["c"] == 3
    assert "b" not in user
    assert not user.get("name")
    # What the service keeps: see the emulator's settings.
    assert (user["role"], user["teams"]) == ("admin", ["a"])


def test_the_deprecated_names_do_the_same(client):
    ids = uniques(2)
    with pytest.deprecated_call():
        assert ids[0] in client.update_user({"id": ids[0]})["users"]
    with pytest.deprecated_call():
        assert sorted(client.update_users([{"id": id} for id in ids])["users"]) == ids


@pytest.mark.parametrize(
    "field",
    [
        "created_at",
        "updated_at",
        "last_active",
        "deleted_at",
        "deactivated_at",
        "online",
        "banned",
    ],
)
def test_what_the_service_sets_itself_is_refused(client, refused, field):
    user_id = unique()
    value = field in ("online", "banned") or "2026-01-02T03:04:05Z"
    sentence = f"users[{user_id}].{field} is a reserved field"
    with refused(400, 4, "UpdateUsers", sentence) as caught:
        client.upsert_user({"id": user_id, field: value})
    import json

    fields = json.loads(caught.value.response_text)["exception_fields"]
    assert fields == {f"users[{user_id}].{field}": sentence}


def test_all_reserved_fields_are_named(client, refused):
    ids = uniques(2)
    text = ", ".join(f"users[{id}].online is a reserved field" for id in ids)
    with refused(400, 4, "UpdateUsers", text):
        client.upsert_users([{"id": id, "online": True} for id in ids])


def test_a_hundred_users_are_one_batch(client, refused, stored):
    ids = uniques(101)
    users = [{"id": id} for id in ids]
    assert sorted(client.upsert_users(users[:100])["users"]) == ids[:100]
    with refused(400, 4, "UpdateUsers"):
        client.upsert_users(users)
    assert stored(ids[100]) is None


@pytest.mark.parametrize("user_id", ["auth0|ada", "ada lovelace", "é", "a!b", "x" * 256])
def test_ids_have_a_grammar(client, refused, user_id):
    with refused(400, 4, "UpdateUsers"):
        client.upsert_user({"id": user_id})


def test_an_undefined_role_is_refused(client, refused, stored):
    good = unique()
    text = re.compile('role "pilot" provided but not defined')
    with refused(400, 4, "UpdateUsers", text):
        client.upsert_users([{"id": good}, {"id": unique(), "role": "pilot"}])
    assert stored(good) is None


def test_a_user_that_is_too_large_is_refused(client, refused):
    with refused(413, 22, "UpdateUsers"):
        client.upsert_user({"id": unique(), "text": "x" * 6000})


def test_a_list_of_blocked_users_that_is_sent_is_honoured(client, users, stored):
    ada, bob, eve = users
    client.block_user(bob, ada)
    client.upsert_user({"id": ada, "name": "Ada"})
    assert stored(ada)["blocked_user_ids"] == [bob]
    client.upsert_user({"id": ada, "blocked_user_ids": []})
    assert stored(ada)["blocked_user_ids"] == []


def test_deactivated_and_deleted_users_are_refused(client, users, refused):
    client.deactivate_user(users[0])
    with refused(404, 16, "UpdateUsers", f"the user {users[0]} was deactivated"):
        client.upsert_user({"id": users[0]})
    client.delete_user(users[1])
    with refused(404, 16, "UpdateUsers", f"the user {users[1]} was deleted"):
        client.upsert_user({"id": users[1]})
