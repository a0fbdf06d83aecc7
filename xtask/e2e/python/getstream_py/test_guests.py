"""Guests."""

import jwt
from getstream.models import QueryUsersPayload, UserRequest
from support import unique


def test_a_guest_gets_a_token(client, new_client):
    asked = unique("guest")
    response = client.create_guest(
        user=UserRequest(
            id=asked, name="Guest", image="g.png", custom={"colour": "red"}
        )
    )
    assert response.status_code() == 201
    guest = response.data.user
    # The service may put something before the id.
    assert asked in guest.id
    assert (guest.role, guest.name, guest.image) == ("guest", "Guest", "g.png")
    assert guest.custom == {"colour": "red"}
    claims = jwt.decode(
        response.data.access_token, client.api_secret, algorithms=["HS256"]
    )
    assert claims["user_id"] == guest.id
    assert "exp" not in claims
    [stored] = client.query_users(
        QueryUsersPayload(filter_conditions={"id": guest.id})
    ).data.users
    assert stored.role == "guest"
    # The token is one: a guest may list whom it blocks.
    as_guest = client.clone_for_token(response.data.access_token)
    assert as_guest.get_blocked_users().data.blocks == []


def test_a_guest_needs_a_proper_id(client, refused):
    with refused(400, 4, "CreateGuest"):
        client.create_guest(user=UserRequest(id="not an id"))
