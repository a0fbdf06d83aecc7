"""Live locations. They come into being with a message, which is planted here."""

from datetime import datetime, timedelta, timezone

import pytest
from support import plant, unique


@pytest.fixture
def shared(users):
    """A message with which the first user shares where she is, until in an hour."""
    cid, message_id = f"messaging:{unique('channel')}", unique("message")
    end_at = datetime.now(timezone.utc).replace(microsecond=0) + timedelta(hours=1)
    plant(
        {
            "channels": [{"cid": cid, "members": users}],
            "messages": [{"id": message_id, "cid": cid, "user_id": users[0]}],
            "live_locations": [
                {
                    "message_id": message_id,
                    "latitude": 52.011,
                    "longitude": 4.357,
                    "end_at": end_at.isoformat(),
                    "created_by_device_id": "phone",
                }
            ],
        }
    )
    return {"cid": cid, "message_id": message_id, "user_id": users[0], "end_at": end_at}


def test_what_is_live_is_listed(client, users, shared):
    [location] = client.get_user_live_locations(
        user_id=shared["user_id"]
    ).data.active_live_locations
    assert location.message_id == shared["message_id"]
    assert location.channel_cid == shared["cid"]
    assert location.user_id == shared["user_id"]
    assert (location.latitude, location.longitude) == (52.011, 4.357)
    assert location.created_by_device_id == "phone"
    assert location.end_at == shared["end_at"]
    assert location.channel.cid == shared["cid"]
    others = client.get_user_live_locations(user_id=users[1])
    assert others.data.active_live_locations == []


def test_a_location_moves_and_ends(client, shared):
    user_id, message_id = shared["user_id"], shared["message_id"]
    response = client.update_live_location(
        message_id=message_id, user_id=user_id, latitude=-89.5, longitude=179.25
    )
    assert response.status_code() == 201
    moved = response.data
    assert (moved.latitude, moved.longitude) == (-89.5, 179.25)
    assert (moved.message_id, moved.user_id) == (message_id, user_id)
    assert moved.end_at == shared["end_at"]
    assert moved.created_by_device_id == "phone"

    later = shared["end_at"] + timedelta(hours=1)
    response = client.update_live_location(
        message_id=message_id, user_id=user_id, end_at=later
    )
    assert response.data.end_at == later
    assert response.data.latitude == -89.5

    client.update_live_location(
        message_id=message_id, user_id=user_id, end_at=datetime.now(timezone.utc)
    )
    listed = client.get_user_live_locations(user_id=user_id).data
    assert listed.active_live_locations == []


@pytest.mark.parametrize(
    "place", [{"latitude": 90.5}, {"latitude": -90.5}, {"longitude": 180.5}], ids=str
)
def test_the_earth_ends_somewhere(client, shared, refused, place):
    with refused(400, 4, "UpdateLiveLocation"):
        client.update_live_location(
            message_id=shared["message_id"], user_id=shared["user_id"], **place
        )


def test_an_unknown_message(client, user, refused):
    with refused(404, 16, "UpdateLiveLocation"):
        client.update_live_location(
            message_id=unique("message"), user_id=user, latitude=1, longitude=1
        )


def test_a_server_says_whose_locations(client, refused):
    text = "either user or user_id must be provided when using server side auth."
    with refused(400, 4, "GetUserLiveLocations", text):
        client.get_user_live_locations()


def test_a_client_sees_its_own(client, shared):
    own = client.clone_for_token(client.create_token(shared["user_id"]))
    [location] = own.get_user_live_locations().data.active_live_locations
    assert location.message_id == shared["message_id"]
    moved = own.update_live_location(
        message_id=shared["message_id"], latitude=1.5, longitude=2.5
    )
    assert moved.data.latitude == 1.5
