"""Creating and replacing users.

The SDK has no field for what the service sets itself (`online`, `created_at`, …), so refusing those cannot be seen
through it; the suites of the older packages do that.
"""

import re
from datetime import datetime, timedelta, timezone

import pytest
from getstream.models import (
    DeliveryReceiptsResponse,
    PrivacySettingsResponse,
    QueryUsersPayload,
    ReadReceiptsResponse,
    TypingIndicatorsResponse,
    UserRequest,
)
from support import unique, uniques


def stored(client, user_id):
    users = client.query_users(
        QueryUsersPayload(filter_conditions={"id": user_id})
    ).data.users
    return users[0] if users else None


def test_a_user_is_created_with_what_the_service_adds(client):
    user_id = unique()
    before = datetime.now(timezone.utc)
    response = client.upsert_users(UserRequest(id=user_id, name="Ada", image="a.png"))
    assert response.status_code() == 201
    assert response.data.membership_deletion_task_id == ""
    assert list(response.data.users) == [user_id]
    user = response.data.users[user_id]
    assert (user.id, user.name, user.image) == (user_id, "Ada", "a.png")
    assert (user.role, user.language) == ("user", "")
    assert (user.teams, user.custom, user.blocked_user_ids) == ([], {}, [])
    assert (user.devices, user.mutes, user.channel_mutes) == ([], [], [])
    assert (user.banned, user.shadow_banned, user.online, user.invisible) == (
        False,
        False,
        False,
        False,
    )
    assert (
        user.total_unread_count,
        user.unread_count,
        user.unread_channels,
        user.unread_threads,
    ) == (0, 0, 0, 0)
    assert abs(user.created_at - before) < timedelta(minutes=1)
    assert user.updated_at >= user.created_at
    for absent in (
        "deleted_at",
        "deactivated_at",
        "last_active",
        "ban_expires",
        "revoke_tokens_issued_before",
        "privacy_settings",
        "teams_role",
    ):
        assert getattr(user, absent) is None, absent


def test_create_user_makes_an_id_where_none_is_given(client):
    user = client.create_user(name="Grace")
    assert user.name == "Grace"
    assert re.fullmatch(r"[0-9a-f-]{36}", user.id)
    assert stored(client, user.id).name == "Grace"


def test_every_field_is_kept(client):
    user_id = unique()
    sent = UserRequest(
        id=user_id,
        name="Ada Lovelace",
        image="https://example.com/ada.png",
        role="admin",
        language="en",
        invisible=True,
        teams=["blue", "red"],
        teams_role={"blue": "admin"},
        privacy_settings=PrivacySettingsResponse(
            typing_indicators=TypingIndicatorsResponse(enabled=False),
            read_receipts=ReadReceiptsResponse(enabled=True),
            delivery_receipts=DeliveryReceiptsResponse(enabled=False),
        ),
        custom={
            "text": "ünï ✓",
            "whole": 9007199254740993,
            "broken": 0.1,
            "yes": True,
            "list": [1, "two", [3]],
            "nested": {"deep": {"deeper": []}},
            "when": "2026-01-02T03:04:05Z",
        },
    )
    answered = client.update_users({user_id: sent}).data.users[user_id]
    for user in (answered, stored(client, user_id)):
        assert user.name == sent.name
        assert user.image == sent.image
        assert user.role == "admin"
        assert user.language == "en"
        assert user.invisible is True
        assert sorted(user.teams) == ["blue", "red"]
        assert user.teams_role == {"blue": "admin"}
        assert user.privacy_settings == sent.privacy_settings
        assert user.custom == sent.custom


def test_an_upsert_replaces_what_is_not_sent(client):
    user_id = unique()
    client.upsert_users(
        UserRequest(
            id=user_id,
            name="Ada",
            image="a.png",
            role="admin",
            teams=["blue"],
            custom={"colour": "green", "size": 1},
        )
    )
    user = client.upsert_users(
        UserRequest(id=user_id, custom={"size": 2})
    ).data.users[user_id]
    assert user.custom == {"size": 2}
    assert user.name in (None, "")
    assert user.image in (None, "")
    # What the service keeps: see the emulator's settings.
    assert user.role == "admin"
    assert user.teams == ["blue"]


def test_an_upsert_replaces_privacy_settings(client):
    user_id = unique()
    only_typing = PrivacySettingsResponse(
        typing_indicators=TypingIndicatorsResponse(enabled=False)
    )
    user = client.upsert_users(
        UserRequest(id=user_id, privacy_settings=only_typing)
    ).data.users[user_id]
    assert user.privacy_settings == only_typing
    both = PrivacySettingsResponse(
        typing_indicators=TypingIndicatorsResponse(enabled=True),
        read_receipts=ReadReceiptsResponse(enabled=False),
    )
    user = client.upsert_users(
        UserRequest(id=user_id, privacy_settings=both)
    ).data.users[user_id]
    assert user.privacy_settings == both


def test_the_time_of_creation_stays_and_unchanged_data_is_no_change(client):
    user_id = unique()
    request = UserRequest(id=user_id, name="Ada", custom={"a": 1})
    first = client.upsert_users(request).data.users[user_id]
    again = client.upsert_users(request).data.users[user_id]
    assert again.updated_at == first.updated_at
    changed = client.upsert_users(
        UserRequest(id=user_id, name="Ada", custom={"a": 2})
    ).data.users[user_id]
    assert changed.created_at == first.created_at
    assert changed.updated_at > first.updated_at


def test_a_hundred_users_are_one_batch(client):
    ids = uniques(100)
    users = client.upsert_users(*[UserRequest(id=id) for id in ids]).data.users
    assert sorted(users) == ids


def test_more_than_a_hundred_are_refused(client, refused):
    ids = uniques(101)
    with refused(400, 4, "UpdateUsers"):
        client.upsert_users(*[UserRequest(id=id) for id in ids])
    assert stored(client, ids[0]) is None


def test_one_bad_user_spoils_the_batch(client, refused):
    good = unique()
    with refused(400, 4, "UpdateUsers"):
        client.upsert_users(
            UserRequest(id=good), UserRequest(id=unique(), role="no-such-role")
        )
    assert stored(client, good) is None


@pytest.mark.parametrize("user_id", ["auth0|ada", "ada lovelace", "ada.lovelace", "é", "a!b"])
def test_an_id_holds_letters_digits_and_a_few_signs(client, refused, user_id):
    with refused(400, 4, "UpdateUsers"):
        client.upsert_users(UserRequest(id=user_id))


def test_the_signs_that_an_id_may_hold(client):
    user_id = f"Ada_@-{unique()}"
    assert client.upsert_users(UserRequest(id=user_id)).data.users[user_id].id == user_id
    assert stored(client, user_id).id == user_id


def test_ids_have_at_most_255_characters(client, refused):
    longest = unique().ljust(255, "x")
    assert longest in client.upsert_users(UserRequest(id=longest)).data.users
    with refused(400, 4, "UpdateUsers"):
        client.upsert_users(UserRequest(id=longest + "x"))


def test_ids_are_case_sensitive(client):
    lower = unique()
    client.upsert_users(UserRequest(id=lower), UserRequest(id=lower.upper()))
    assert stored(client, lower).id == lower
    assert stored(client, lower.upper()).id == lower.upper()


def test_an_undefined_role_is_refused(client, refused):
    with refused(400, 4, "UpdateUsers", re.compile('role "pilot" provided but not defined')):
        client.upsert_users(UserRequest(id=unique(), role="pilot"))


def test_a_user_that_is_too_large_is_refused(client, refused):
    with refused(413, 22, "UpdateUsers"):
        client.upsert_users(UserRequest(id=unique(), custom={"text": "x" * 6000}))


def test_a_user_has_at_most_250_teams_of_at_most_100_bytes(client, refused):
    teams = [f"t{number}" for number in range(251)]
    user = client.upsert_users(UserRequest(id=unique(), teams=teams[:250]))
    assert len(next(iter(user.data.users.values())).teams) == 250
    with refused(400, 4, "UpdateUsers"):
        client.upsert_users(UserRequest(id=unique(), teams=teams))
    with refused(400, 4, "UpdateUsers"):
        client.upsert_users(UserRequest(id=unique(), teams=["x" * 101]))


def test_a_deactivated_user_cannot_be_upserted(client, user, refused):
    client.deactivate_user(user_id=user)
    with refused(404, 16, "UpdateUsers", f"the user {user} was deactivated"):
        client.upsert_users(UserRequest(id=user, name="Grace"))


def test_a_deleted_user_cannot_be_upserted(client, user, refused):
    client.delete_users(user_ids=[user])
    with refused(404, 16, "UpdateUsers", f"the user {user} was deleted"):
        client.upsert_users(UserRequest(id=user, name="Grace"))
