"""Bans, mutes, and events that the app makes up, as far as users and queries show them."""

import re
from datetime import datetime, timedelta, timezone

from support import emulator, receiver, unique


def test_a_ban_is_shown_until_it_ends(client, users, stored):
    ada, moderator, _ = users
    response = client.ban_user(ada, user_id=moderator, reason="because")
    assert response.status_code() == 201
    assert stored(ada)["banned"] is True
    assert "ban_expires" not in stored(ada)
    found = client.query_users({"id": {"$in": users}, "banned": True})["users"]
    assert [user["id"] for user in found] == [ada]
    assert client.unban_user(ada, user_id=moderator).status_code() == 200
    assert stored(ada)["banned"] is False
    client.ban_user(ada, banned_by_id=moderator, timeout=10)
    end = datetime.fromisoformat(stored(ada)["ban_expires"])
    later = datetime.now(timezone.utc) + timedelta(minutes=10)
    assert abs(end - later) < timedelta(minutes=1)


def test_a_shadow_ban(client, users, stored):
    ada, moderator, _ = users
    client.shadow_ban(ada, user_id=moderator)
    assert (stored(ada)["banned"], stored(ada)["shadow_banned"]) == (False, True)
    client.remove_shadow_ban(ada, user_id=moderator)
    assert stored(ada)["shadow_banned"] is False


def test_bans_are_listed(client, users):
    ada, bob, moderator = users
    reason = unique("reason")
    client.ban_user(ada, user_id=moderator, reason=reason)
    client.ban_user(bob, user_id=moderator, reason=reason)
    conditions = {"filter_conditions": {"reason": reason}, "limit": 1}
    [ban] = client.query_banned_users(conditions)["bans"]
    assert ban["user"]["id"] == ada
    assert ban["banned_by"]["id"] == moderator
    assert ban["reason"] == reason
    assert ban["created_at"].endswith("Z")
    assert "expires" not in ban
    client.unban_user(ada, user_id=moderator)
    [ban] = client.query_banned_users(conditions)["bans"]
    assert ban["user"]["id"] == bob


def test_mutes(client, users, stored):
    ada, bob, eve = users
    response = client.mute_user(bob, ada)
    assert response.status_code() == 201
    mute = response["mute"]
    assert "expires" not in mute
    assert (mute["target"]["id"], mute["user"]["id"]) == (bob, ada)
    response = client.mute_users([bob, eve], ada)
    assert sorted(mute["target"]["id"] for mute in response["mutes"]) == [bob, eve]
    assert all(mute["user"]["id"] == ada for mute in response["mutes"])
    assert sorted(mute["target"]["id"] for mute in stored(ada)["mutes"]) == [bob, eve]
    assert "expires" in client.mute_user(bob, ada, timeout=10)["mute"]
    client.unmute_user(bob, ada)
    client.unmute_users([eve], ada)
    assert stored(ada)["mutes"] == []


def test_unknown_users(client, user, refused):
    unknown = unique()
    with refused(404, 16, "Ban", re.compile(unknown)):
        client.ban_user(unknown, user_id=user)


def test_an_event_of_the_app(client, user, refused):
    event = {"type": "friendship_request", "text": "testtext"}
    assert client.send_user_custom_event(user, event).status_code() == 201
    with refused(404, 16, "SendUserCustomEvent"):
        client.send_user_custom_event(unique(), event)
    with refused(400, 4, "SendUserCustomEvent"):
        client.send_user_custom_event(user, {"type": "user.updated"})


def test_all_of_it_is_told(new_client):
    with receiver() as server, emulator(f"--webhook={server.url}") as own:
        client = new_client(own)

        def event():
            delivery = server.next()
            return client.verify_and_parse_webhook(
                delivery.body, delivery.headers["x-signature"]
            )

        client.upsert_user({"id": "ada"})
        event()
        client.upsert_user({"id": "mod"})
        event()
        client.ban_user("ada", user_id="mod", reason="spam")
        banned = event()
        assert (banned["type"], banned["user"]["id"]) == ("user.banned", "ada")
        assert (banned["created_by"]["id"], banned["reason"]) == ("mod", "spam")
        client.unban_user("ada", user_id="mod")
        assert event()["type"] == "user.unbanned"
        client.mute_user("mod", "ada")
        muted = event()
        assert (muted["type"], muted["user"]["id"]) == ("user.muted", "ada")
        client.unmute_user("mod", "ada")
        assert event()["type"] == "user.unmuted"
        client.send_user_custom_event("ada", {"type": "friendship_request", "text": "hi"})
        told = event()
        assert (told["type"], told["text"]) == ("friendship_request", "hi")
        assert told["user"]["id"] == "ada"
