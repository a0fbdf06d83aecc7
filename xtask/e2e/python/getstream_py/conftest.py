"""The clients of `getstream`, and how its errors are checked."""

import json
from contextlib import contextmanager

import pytest
from getstream import AsyncStream, Stream
from getstream.exceptions import StreamApiException
from getstream.models import UserRequest
from support import SHARED, check_envelope, check_message, unique


def client_of(emulator, **more):
    return Stream(
        api_key=emulator.api_key,
        api_secret=emulator.api_secret,
        base_url=emulator.base_url,
        **more,
    )


@pytest.fixture(scope="session")
def client():
    with client_of(SHARED) as client:
        yield client


@pytest.fixture
def new_client():
    """Makes a client of another emulator."""
    return client_of


@pytest.fixture
def async_client():
    """Makes an asynchronous client; it has to be made where it is used."""
    return lambda: AsyncStream(
        api_key=SHARED.api_key,
        api_secret=SHARED.api_secret,
        base_url=SHARED.base_url,
    )


@pytest.fixture
def user(client):
    """A user that exists."""
    user_id = unique()
    client.upsert_users(UserRequest(id=user_id, name="Ada"))
    return user_id


@pytest.fixture
def users(client):
    """Three users that exist."""
    ids = sorted(unique() for _ in range(3))
    client.upsert_users(*[UserRequest(id=id) for id in ids])
    return ids


@pytest.fixture
def refused():
    """`with refused(status, code, operation, text): ...`"""

    @contextmanager
    def check(status, code, operation, text=None):
        with pytest.raises(StreamApiException) as caught:
            yield caught
        error = caught.value
        assert (error.status_code, error.code) == (status, code), error
        check_message(error.message, operation, text)
        check_envelope(json.loads(error.raw_response_body), status)
        assert str(error) == (
            f"Stream API error (status={status}, code={code}): {error.message}"
        )
        assert error.unrecoverable is False
        assert error.rate_limit_info is not None

    return check
