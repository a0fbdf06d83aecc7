"""Bans, mutes, and events that the app makes up, as far as users and queries show them."""

import re
from datetime import datetime, timedelta, timezone

import pytest
from getstream.models import (
    CustomEvent,
    QueryBannedUsersPayload,
    QueryUsersPayload,
    SortParamRequest,
    UserBannedEvent,
    UserCustomEventRequest,
    UserMutedEvent,
    UserRequest,
    UserUnbannedEvent,
    UserUnmutedEvent,
)
from getstream.webhook import UnknownEvent
from support import emulator, receiver, unique


def shown(client, user_id):
    [user] = client.query_users(
        QueryUsersPayload(filter_conditions={"id": user_id})
    ).data.users
    return user


def minutes_from_now(number):
    return datetime.now(timezone.utc) + timedelta(minutes=number)


def test_a_ban_is_shown_until_it_ends(client, users):
    ada, moderator, _ = users
    response = client.moderation.ban(
        target_user_id=ada, banned_by_id=moderator, reason="because"
    )
    assert response.status_code() == 201
    user = shown(client, ada)
    assert (user.banned, user.shadow_banned, user.ban_expires) == (True, False, None)
    found = client.query_users(
        QueryUsersPayload(filter_conditions={"id": {"$in": users}, "banned": True})
    )
    assert [user.id for user in found.data.users] == [ada]
    response = client.moderation.unban(target_user_id=ada, unbanned_by_id=moderator)
    assert response.status_code() == 201
    assert shown(client, ada).banned is False


def test_a_ban_for_some_time(client, users):
    client.moderation.ban(target_user_id=users[0], banned_by_id=users[1], timeout=10)
    user = shown(client, users[0])
    assert user.banned is True
    assert abs(user.ban_expires - minutes_from_now(10)) < timedelta(minutes=1)


def test_a_shadow_ban(client, users):
    ada, moderator, other = users
    client.moderation.ban(target_user_id=ada, banned_by_id=moderator, shadow=True)
    user = shown(client, ada)
    assert (user.banned, user.shadow_banned) == (False, True)
    # Others see it; who is banned in this way does not.
    as_ada, as_other = (
        client.clone_for_token(client.create_token(user_id)) for user_id in (ada, other)
    )
    assert shown(as_other, ada).shadow_banned is True
    assert shown(as_ada, ada).shadow_banned is False
    payload = QueryUsersPayload(filter_conditions={"id": ada, "shadow_banned": True})
    assert len(as_other.query_users(payload).data.users) == 1
    assert as_ada.query_users(payload).data.users == []
    client.moderation.unban(target_user_id=ada, unbanned_by_id=moderator)
    assert shown(client, ada).shadow_banned is False


def test_an_upsert_keeps_a_ban(client, users):
    client.moderation.ban(target_user_id=users[0], banned_by_id=users[1])
    user = client.upsert_users(UserRequest(id=users[0], name="Ada"))
    assert user.data.users[users[0]].banned is True


def test_bans_are_listed(client, users):
    ada, bob, moderator = users
    reason = unique("reason")
    before = datetime.now(timezone.utc)
    client.moderation.ban(target_user_id=ada, banned_by_id=moderator, reason=reason)
    client.moderation.ban(
        target_user_id=bob, banned_by_id=moderator, reason=reason, timeout=5
    )

    def bans(conditions, **more):
        payload = QueryBannedUsersPayload(filter_conditions=conditions, **more)
        return client.chat.query_banned_users(payload=payload).data.bans

    [ban] = bans({"user_id": {"$eq": ada}})
    assert (ban.user.id, ban.banned_by.id, ban.reason) == (ada, moderator, reason)
    assert abs(ban.created_at - before) < timedelta(minutes=1)
    assert ban.expires is None
    assert not ban.shadow
    newest_first = [SortParamRequest(field="created_at", direction=-1)]
    assert [ban.user.id for ban in bans({"reason": reason}, sort=newest_first)] == [
        bob,
        ada,
    ]
    [ban] = bans({"user_id": {"$in": [ada, bob]}}, limit=1, offset=1)
    assert ban.user.id == bob
    assert abs(ban.expires - minutes_from_now(5)) < timedelta(minutes=1)
    assert len(bans({"banned_by_id": moderator})) == 2

    client.moderation.unban(target_user_id=ada, unbanned_by_id=moderator)
    assert bans({"user_id": ada}) == []
    client.upsert_users(UserRequest(id=bob, name="Bob"))
    assert bans({"user_id": bob})[0].user.name == "Bob"


def test_mutes(client, users):
    ada, bob, eve = users
    response = client.moderation.mute(target_ids=[bob, eve], user_id=ada)
    assert response.status_code() == 201
    mutes = {mute.target.id: mute for mute in response.data.mutes}
    assert sorted(mutes) == [bob, eve]
    for mute in mutes.values():
        assert mute.user.id == ada
        assert mute.expires is None
        assert mute.created_at <= mute.updated_at
    assert sorted(mute.target.id for mute in shown(client, ada).mutes) == [bob, eve]
    assert shown(client, bob).mutes == []

    [mute] = client.moderation.mute(
        target_ids=[bob], user_id=ada, timeout=10
    ).data.mutes
    assert abs(mute.expires - minutes_from_now(10)) < timedelta(minutes=1)
    client.moderation.unmute(target_ids=[bob], user_id=ada)
    assert [mute.target.id for mute in shown(client, ada).mutes] == [eve]


def test_who_mutes_has_to_be_said(client, users, refused):
    text = "either user or user_id must be provided when using server side auth."
    with refused(400, 4, "Mute", text):
        client.moderation.mute(target_ids=[users[0]])
    as_ada = client.clone_for_token(client.create_token(users[0]))
    [mute] = as_ada.moderation.mute(target_ids=[users[1]]).data.mutes
    assert (mute.user.id, mute.target.id) == (users[0], users[1])


def test_unknown_users_are_not_banned(client, user, refused):
    unknown = unique()
    with refused(404, 16, "Ban", re.compile(unknown)):
        client.moderation.ban(target_user_id=unknown, banned_by_id=user)


def test_users_do_not_ban(client, users, refused):
    as_ada = client.clone_for_token(client.create_token(users[0]))
    text = re.compile("User with role 'user' is not allowed to perform action")
    with refused(403, 17, "Ban", text):
        as_ada.moderation.ban(target_user_id=users[1])


def test_an_event_of_the_app(client, user, refused):
    send = client.chat.send_user_custom_event
    event = UserCustomEventRequest(type="friendship_request", custom={"text": "hi"})
    assert send(user_id=user, event=event).status_code() == 201
    with refused(404, 16, "SendUserCustomEvent"):
        send(user_id=unique(), event=event)
    with refused(400, 4, "SendUserCustomEvent"):
        send(user_id=user, event=UserCustomEventRequest(type="user.updated"))
    as_user = client.clone_for_token(client.create_token(user))
    with refused(403, 17, "SendUserCustomEvent"):
        as_user.chat.send_user_custom_event(user_id=user, event=event)


def test_all_of_it_is_told(new_client):
    with (
        receiver() as server,
        emulator(f"--webhook={server.url}", "--webhook-form=nanos") as own,
        new_client(own) as client,
    ):

        def event():
            delivery = server.next()
            return client.verify_and_parse_webhook(
                delivery.body, delivery.headers["x-signature"]
            )

        client.upsert_users(UserRequest(id="ada"), UserRequest(id="mod"))
        assert {event().user.id, event().user.id} == {"ada", "mod"}

        client.moderation.ban(
            target_user_id="ada", banned_by_id="mod", reason="spam", timeout=5
        )
        banned = event()
        assert isinstance(banned, UserBannedEvent)
        assert (banned.user.id, banned.created_by.id) == ("ada", "mod")
        assert banned.reason == "spam"
        assert banned.expiration > banned.created_at
        client.moderation.unban(target_user_id="ada", unbanned_by_id="mod")
        unbanned = event()
        assert isinstance(unbanned, UserUnbannedEvent)
        assert unbanned.user.id == "ada"

        client.moderation.mute(target_ids=["mod"], user_id="ada")
        muted = event()
        assert isinstance(muted, UserMutedEvent)
        assert muted.user.id == "ada"
        assert muted.target_user.id == "mod"
        client.moderation.unmute(target_ids=["mod"], user_id="ada")
        assert isinstance(event(), UserUnmutedEvent)

        custom = UserCustomEventRequest(type="friendship_request", custom={"a": 1})
        client.chat.send_user_custom_event(user_id="ada", event=custom)
        told = event()
        # A type that the SDK does not know is one, with all that was sent.
        assert isinstance(told, (UnknownEvent, CustomEvent))
        assert told.type == "friendship_request"
