"""The clients of `stream-chat`, and how its errors are checked.

The package speaks the older form: times are texts, custom data stands beside the other fields, answers are
dictionaries. It has no client for users, so theirs is made by exchanging the token.
"""

import json
from contextlib import contextmanager

import pytest
from stream_chat import StreamChat, StreamChatAsync
from stream_chat.base.exceptions import StreamAPIException
from support import SHARED, check_envelope, check_message, unique, uniques


def client_of(emulator):
    return StreamChat(
        api_key=emulator.api_key,
        api_secret=emulator.api_secret,
        base_url=emulator.base_url,
        timeout=20,
    )


@pytest.fixture(scope="session")
def client():
    return client_of(SHARED)


@pytest.fixture
def new_client():
    """Makes a client of another emulator."""
    return client_of


@pytest.fixture
def async_client():
    """Makes an asynchronous client; it has to be made where it is used."""
    return lambda: StreamChatAsync(
        api_key=SHARED.api_key, api_secret=SHARED.api_secret, base_url=SHARED.base_url
    )


@pytest.fixture
def with_token():
    """Makes a client that carries a token."""

    def with_token(token, emulator=SHARED):
        client = client_of(emulator)
        client.auth_token = token
        return client

    return with_token


@pytest.fixture
def user(client):
    """A user that exists."""
    user_id = unique()
    client.upsert_user({"id": user_id, "name": "Ada"})
    return user_id


@pytest.fixture
def users(client):
    """Three users that exist, in the order of their ids."""
    ids = uniques(3)
    client.upsert_users([{"id": id} for id in ids])
    return ids


@pytest.fixture
def stored(client):
    """A user as a query shows it."""

    def stored(user_id, **options):
        users = client.query_users({"id": user_id}, **options)["users"]
        return users[0] if users else None

    return stored


@pytest.fixture
def visible(client):
    """Those of the ids whom a query shows, in their order."""

    def visible(ids, **options):
        users = client.query_users({"id": {"$in": ids}}, limit=100, **options)["users"]
        return sorted(user["id"] for user in users)

    return visible


@pytest.fixture
def refused():
    """`with refused(status, code, operation, text): ...`"""

    @contextmanager
    def check(status, code, operation, text=None):
        with pytest.raises(StreamAPIException) as caught:
            yield caught
        error = caught.value
        assert (error.status_code, error.error_code) == (status, code), str(error)
        check_message(error.error_message, operation, text)
        check_envelope(json.loads(error.response_text), status)

    return check
