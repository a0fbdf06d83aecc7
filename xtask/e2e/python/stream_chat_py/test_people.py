"""Guests, blocks, devices and live locations."""

import re
from datetime import datetime, timedelta, timezone

import jwt
import pytest
from support import plant, unique, uniques


def test_a_guest_gets_a_token(client, with_token, stored):
    asked = unique("guest")
    response = client.set_guest_user({"id": asked, "name": "Guest", "colour": "red"})
    assert response.status_code() == 201
    guest = response["user"]
    assert asked in guest["id"]
    assert (guest["role"], guest["name"], guest["colour"]) == ("guest", "Guest", "red")
    claims = jwt.decode(response["access_token"], client.api_secret, ["HS256"])
    assert claims["user_id"] == guest["id"]
    assert stored(guest["id"])["role"] == "guest"
    as_guest = with_token(response["access_token"])
    assert as_guest.get("users/block")["blocks"] == []


def test_blocks(client, users, stored):
    ada, bob, eve = users
    response = client.block_user(bob, ada)
    assert response.status_code() == 201
    assert response["blocked_by_user_id"] == ada
    assert response["blocked_user_id"] == bob
    assert response["created_at"].endswith("Z")
    client.block_user(bob, ada)
    client.block_user(eve, ada)
    blocks = client.get_blocked_users(ada)["blocks"]
    assert sorted(block["blocked_user_id"] for block in blocks) == [bob, eve]
    for block in blocks:
        assert block["user_id"] == block["user"]["id"] == ada
        assert block["blocked_user"]["id"] == block["blocked_user_id"]
        assert block["created_at"].endswith("Z")
    assert stored(ada)["blocked_user_ids"] == [bob, eve]
    client.unblock_user(bob, ada)
    client.unblock_user(bob, ada)
    [block] = client.get_blocked_users(ada)["blocks"]
    assert block["blocked_user_id"] == eve


def test_blocks_of_unknown_users_are_refused(client, user, refused):
    unknown = unique()
    with refused(404, 16, "BlockUsers", re.compile(unknown)):
        client.block_user(unknown, user)
    text = "either user or user_id must be provided when using server side auth."
    with refused(400, 4, "BlockUsers", text):
        client.post("users/block", data={"blocked_user_id": user})


def test_devices(client, user):
    assert client.get_devices(user)["devices"] == []
    first, second = uniques(2, "device")
    response = client.add_device(first, "apn", user)
    assert response.status_code() == 201
    client.add_device(second, "firebase", user, push_provider_name="mine")
    client.add_device(first, "apn", user)
    devices = {device["id"]: device for device in client.get_devices(user)["devices"]}
    assert sorted(devices) == [first, second]
    assert devices[first]["push_provider"] == "apn"
    assert devices[first]["user_id"] == user
    assert devices[first]["created_at"].endswith("Z")
    assert devices[second]["push_provider_name"] == "mine"
    # What is upserted keeps its devices.
    answered = client.upsert_user({"id": user, "name": "Grace"})["users"][user]
    assert sorted(device["id"] for device in answered["devices"]) == [first, second]
    assert client.delete_device(first, user).status_code() == 200
    [left] = client.get_devices(user)["devices"]
    assert left["id"] == second


def test_a_user_has_25_devices_the_newest(client, user):
    ids = uniques(26, "device")
    for id in ids:
        client.add_device(id, "firebase", user)
    devices = [device["id"] for device in client.get_devices(user)["devices"]]
    assert sorted(devices) == ids[1:]


@pytest.fixture
def shared(users):
    cid, message_id = f"messaging:{unique('channel')}", unique("message")
    plant(
        {
            "channels": [{"cid": cid, "members": users}],
            "messages": [{"id": message_id, "cid": cid, "user_id": users[0]}],
            "live_locations": [
                {
                    "message_id": message_id,
                    "latitude": 1,
                    "longitude": 2,
                    "end_at": (datetime.now(timezone.utc) + timedelta(hours=1)).isoformat(),
                    "created_by_device_id": "test_device_id",
                }
            ],
        }
    )
    return users[0], message_id


def test_live_locations(client, shared):
    user, message_id = shared
    place = {
        "created_by_device_id": "test_device_id",
        "latitude": 37.7749,
        "longitude": -122.4194,
    }
    response = client.update_user_location(user, message_id, place)
    assert response.status_code() == 201
    assert {key: response[key] for key in place} == place
    [location] = client.get_user_locations(user)["active_live_locations"]
    assert {key: location[key] for key in place} == place
    assert location["message_id"] == message_id
    assert location["end_at"].endswith("Z")
    end = {"end_at": datetime.now(timezone.utc).isoformat()}
    client.update_user_location(user, message_id, end)
    assert client.get_user_locations(user)["active_live_locations"] == []


def test_a_live_location_of_an_unknown_message(client, user, refused):
    with refused(404, 16, "UpdateLiveLocation"):
        client.update_user_location(user, unique("message"), {"latitude": 1.5})
