"""Changing parts of users.

The SDK drops every `None` from what it sends, so nothing can be set to null through it: `unset` is the way.
"""

import re
from datetime import datetime, timezone

import pytest
from getstream.models import (
    QueryUsersPayload,
    UpdateUserPartialRequest,
    UserRequest,
)
from support import unique, uniques


@pytest.fixture
def update(client):
    """Changes one user and gives what is answered, which is also what is stored."""

    def update(user_id, set=None, unset=None):
        request = UpdateUserPartialRequest(id=user_id, set=set, unset=unset)
        response = client.update_users_partial(users=[request])
        assert response.status_code() == 200
        answered = response.data.users[user_id]
        [stored] = client.query_users(
            QueryUsersPayload(filter_conditions={"id": user_id})
        ).data.users
        assert stored == answered
        return answered

    return update


def test_keys_of_set_that_the_service_does_not_know_are_custom(update, user):
    changed = update(user, set={"country": "NL", "age": 36, "tags": ["a"]})
    assert changed.custom == {"country": "NL", "age": 36, "tags": ["a"]}
    assert changed.name == "Ada"


def test_a_key_named_custom_is_a_custom_key_itself(update, user):
    changed = update(user, set={"custom": {"colour": "blue"}})
    assert changed.custom == {"custom": {"colour": "blue"}}


def test_what_the_service_knows_is_set(update, user):
    changed = update(
        user,
        set={
            "name": "Grace",
            "image": "g.png",
            "role": "admin",
            "language": "nl",
            "invisible": True,
            "teams": ["blue"],
            "teams_role": {"blue": "admin"},
        },
    )
    assert (changed.name, changed.image) == ("Grace", "g.png")
    assert (changed.role, changed.language) == ("admin", "nl")
    assert changed.invisible is True
    assert (changed.teams, changed.teams_role) == (["blue"], {"blue": "admin"})
    assert changed.custom == {}


def test_set_merges_keys_and_replaces_their_values(update, user):
    update(user, set={"a": {"x": 1, "y": 2}, "b": 1})
    changed = update(user, set={"a": {"z": 3}})
    assert changed.custom == {"a": {"z": 3}, "b": 1}


def test_dotted_paths_reach_into_custom_data(update, user):
    update(user, set={"field": {"first": 1, "second": 2}})
    changed = update(user, set={"field.second": "new", "field.third.deep": True})
    assert changed.custom == {
        "field": {"first": 1, "second": "new", "third": {"deep": True}}
    }
    changed = update(user, unset=["field.first", "field.third"])
    assert changed.custom == {"field": {"second": "new"}}


def test_unsetting_the_last_leaf_leaves_an_empty_object(update, user):
    update(user, set={"field": {"only": 1}})
    assert update(user, unset=["field.only"]).custom == {"field": {}}


def test_set_and_unset_go_together(update, user):
    update(user, set={"field": "old", "gone": 1})
    changed = update(
        user, set={"field": "updated", "colour": "blue"}, unset=["name", "gone"]
    )
    assert changed.custom == {"field": "updated", "colour": "blue"}
    assert changed.name in (None, "")


def test_unsetting_what_is_not_there_is_no_error(update, user):
    assert update(user, unset=["nothing", "nothing.at.all"]).custom == {}


def test_privacy_settings_are_merged(update, user):
    changed = update(
        user, set={"privacy_settings": {"typing_indicators": {"enabled": True}}}
    )
    assert changed.privacy_settings.typing_indicators.enabled is True
    assert changed.privacy_settings.read_receipts is None
    changed = update(
        user, set={"privacy_settings": {"read_receipts": {"enabled": False}}}
    )
    assert changed.privacy_settings.typing_indicators.enabled is True
    assert changed.privacy_settings.read_receipts.enabled is False


def test_the_time_before_which_tokens_are_revoked(update, user):
    changed = update(
        user, set={"revoke_tokens_issued_before": "2026-01-02T03:04:05.5Z"}
    )
    assert changed.revoke_tokens_issued_before == datetime(
        2026, 1, 2, 3, 4, 5, 500_000, timezone.utc
    )
    assert changed.custom == {}
    changed = update(user, unset=["revoke_tokens_issued_before"])
    assert changed.revoke_tokens_issued_before is None


def test_several_users_at_once(client, users):
    response = client.update_users_partial(
        users=[UpdateUserPartialRequest(id=id, set={"n": id}) for id in users]
    )
    assert {id: user.custom["n"] for id, user in response.data.users.items()} == {
        id: id for id in users
    }


def test_unchanged_data_is_no_change(update, user):
    first = update(user, set={"a": 1})
    assert update(user, set={"a": 1}).updated_at == first.updated_at
    assert update(user, set={"a": 2}).updated_at > first.updated_at


@pytest.mark.parametrize("key", ["a..b", "a b", ".a", "a."])
@pytest.mark.parametrize("part", ["set", "unset"])
def test_keys_have_a_grammar(client, user, refused, key, part):
    value = {key: 1} if part == "set" else [key]
    with refused(400, 4, "UpdateUsersPartial"):
        client.update_users_partial(
            users=[UpdateUserPartialRequest(id=user, **{part: value})]
        )


@pytest.mark.parametrize(
    "key", ["created_at", "updated_at", "online", "last_active", "deleted_at", "banned"]
)
def test_what_the_service_sets_itself_is_refused(client, user, refused, key):
    value = True if key in ("online", "banned") else "2026-01-02T03:04:05Z"
    with refused(400, 4, "UpdateUsersPartial", re.compile(f"{key} is a reserved field")):
        client.update_users_partial(
            users=[UpdateUserPartialRequest(id=user, set={key: value})]
        )


def test_an_undefined_role_is_refused(client, user, refused):
    with refused(
        400, 4, "UpdateUsersPartial", 'role "pilot" provided but not defined'
    ):
        client.update_users_partial(
            users=[UpdateUserPartialRequest(id=user, set={"role": "pilot"})]
        )


def test_a_role_in_a_team_needs_the_team(client, user, refused):
    with refused(400, 4, "UpdateUsersPartial"):
        client.update_users_partial(
            users=[
                UpdateUserPartialRequest(id=user, set={"teams_role": {"blue": "admin"}})
            ]
        )


def test_an_unknown_user_is_refused(client, user, refused):
    unknown = unique()
    with refused(404, 16, "UpdateUsersPartial", re.compile(unknown)):
        client.update_users_partial(
            users=[
                UpdateUserPartialRequest(id=user, set={"a": 1}),
                UpdateUserPartialRequest(id=unknown, set={"a": 1}),
            ]
        )
    [stored] = client.query_users(
        QueryUsersPayload(filter_conditions={"id": user})
    ).data.users
    assert stored.custom == {}


def test_more_than_a_hundred_are_refused(client, refused):
    ids = uniques(101)
    client.upsert_users(*[UserRequest(id=id) for id in ids[:100]])
    requests = [UpdateUserPartialRequest(id=id, set={"a": 1}) for id in ids]
    assert len(client.update_users_partial(users=requests[:100]).data.users) == 100
    with refused(400, 4, "UpdateUsersPartial"):
        client.update_users_partial(users=requests)


def test_a_user_that_grows_too_large_is_refused(client, user, refused):
    with refused(413, 22, "UpdateUsersPartial"):
        client.update_users_partial(
            users=[UpdateUserPartialRequest(id=user, set={"text": "x" * 6000})]
        )


def test_deactivated_and_deleted_users_are_refused(client, users, refused):
    client.deactivate_user(user_id=users[0])
    client.delete_users(user_ids=[users[1]])
    for user_id, state in [(users[0], "deactivated"), (users[1], "deleted")]:
        with refused(
            404, 16, "UpdateUsersPartial", f"the user {user_id} was {state}"
        ):
            client.update_users_partial(
                users=[UpdateUserPartialRequest(id=user_id, set={"a": 1})]
            )
