"""Quotas: the headers of every answer, what is left, and what happens when nothing is."""

from datetime import datetime, timedelta, timezone

import pytest
from getstream.exceptions import StreamApiException, StreamRateLimitException
from getstream.models import QueryUsersPayload, UserRequest
from support import emulator, unique

PLATFORMS = ["server_side", "android", "ios", "web", "unity"]
ONE = QueryUsersPayload(filter_conditions={}, limit=1)


def test_every_answer_says_what_is_left(client):
    first = client.query_users(ONE).rate_limit()
    second = client.query_users(ONE).rate_limit()
    assert first.limit == second.limit > 0
    assert first.remaining < first.limit
    assert second.remaining < first.remaining or second.reset > first.reset
    now = datetime.now(timezone.utc)
    assert timedelta(0) < second.reset - now <= timedelta(minutes=1)


def test_errors_say_so_too(client):
    with pytest.raises(StreamApiException) as caught:
        client.get_task(id=unique("task"))
    info = caught.value.rate_limit_info
    assert info.limit > info.remaining > 0


def test_all_platforms_where_none_is_named(client):
    limits = client.get_rate_limits().data
    for platform in PLATFORMS:
        assert "QueryUsers" in getattr(limits, platform), platform


def test_only_the_named_platforms(client):
    limits = client.get_rate_limits(server_side=True, android=True).data
    assert limits.server_side and limits.android
    assert not limits.ios and not limits.web and not limits.unity


def test_only_the_named_endpoints(client):
    # The second one is an operation of the service that is not about users.
    limits = client.get_rate_limits(
        server_side=True, android=True, endpoints="GetRateLimits,SendMessage"
    ).data
    for platform in (limits.server_side, limits.android):
        assert sorted(platform) == ["GetRateLimits", "SendMessage"]
    server, android = (
        platform["GetRateLimits"] for platform in (limits.server_side, limits.android)
    )
    # Asking counts as well, for the platform that asks.
    assert server.remaining < server.limit
    assert android.remaining == android.limit
    now = datetime.now(timezone.utc).timestamp()
    assert now < server.reset <= now + 61


def test_documented_quotas_are_enforced(new_client):
    with emulator("--rate-limits=documented") as strict:
        client = new_client(strict)
        limits = client.get_rate_limits(
            server_side=True, endpoints="QueryUsers,UpdateUsers,DeactivateUser"
        ).data.server_side
        quotas = {name: limit.limit for name, limit in limits.items()}
        assert quotas == {"QueryUsers": 1000, "UpdateUsers": 300, "DeactivateUser": 60}
        client.upsert_users(UserRequest(id="ada"))
        # A minute may begin in between; then what was counted is forgotten once.
        refusal = None
        for _ in range(2 * 60 + 1):
            try:
                client.deactivate_user(user_id="ada")
                client.reactivate_user(user_id="ada")
            except StreamRateLimitException as error:
                refusal = error
                break
        assert (refusal.status_code, refusal.code) == (429, 9)
        assert "Too many requests" in refusal.message
        assert timedelta(0) < refusal.retry_after <= timedelta(minutes=1)
        assert refusal.rate_limit_info.remaining == 0
