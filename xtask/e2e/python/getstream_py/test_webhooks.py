"""Webhooks, verified and read with what the SDK has for it.

Its typed reader takes times as integers of nanoseconds and refuses texts, which is the form that the service sends for
chat; the signature is checked in either form.
"""

import json
import re

import pytest
from getstream.models import (
    AsyncExportUsersEvent,
    EventHook,
    UpdateUserPartialRequest,
    UserDeactivatedEvent,
    UserDeletedEvent,
    UserReactivatedEvent,
    UserRequest,
    UserUpdatedEvent,
)
from getstream.webhook import InvalidWebhookError
from support import emulator, receiver


@pytest.fixture
def hooked(new_client, request):
    """A client, and the receiver that its app tells."""
    options = getattr(request, "param", {})
    with receiver(options.get("statuses", ())) as server:
        arguments = [f"--webhook={server.url}", *options.get("arguments", ())]
        with emulator(*arguments) as own, new_client(own) as client:
            yield client, server


NANOS = {"arguments": ["--webhook-form=nanos"]}


@pytest.mark.parametrize("hooked", [{}, NANOS], indirect=True, ids=["text", "nanos"])
def test_a_delivery_is_signed(hooked):
    client, server = hooked
    client.upsert_users(UserRequest(id="ada", name="Ada"))
    delivery = server.next()
    signature = delivery.headers["x-signature"]
    assert re.fullmatch("[0-9a-f]{64}", signature)
    assert delivery.headers["x-api-key"] == client.api_key
    assert delivery.headers["x-webhook-attempt"] == "1"
    assert re.fullmatch("[0-9a-f-]{36}", delivery.headers["x-webhook-id"])
    assert delivery.headers["content-type"].startswith("application/json")
    assert client.verify_signature(delivery.body, signature)
    assert not client.verify_signature(delivery.body + b" ", signature)
    with pytest.raises(InvalidWebhookError, match="signature mismatch"):
        client.verify_and_parse_webhook(delivery.body, "0" * 64)


def test_the_form_of_chat(hooked):
    client, server = hooked
    client.upsert_users(UserRequest(id="ada", name="Ada", custom={"colour": "green"}))
    delivery = server.next()
    event = json.loads(delivery.body)
    assert event["type"] == "user.updated"
    assert event["created_at"].endswith("Z")
    assert event["user"]["id"] == "ada"
    assert event["user"]["colour"] == "green"
    assert event["user"]["created_at"].endswith("Z")
    assert event["members"] == []
    assert event["request_info"]["type"] == "server"
    assert event["request_info"]["sdk"].startswith("stream-python-client-")
    with pytest.raises(InvalidWebhookError, match="invalid JSON payload"):
        client.verify_and_parse_webhook(delivery.body, delivery.headers["x-signature"])


@pytest.mark.parametrize("hooked", [NANOS], indirect=True, ids=["nanos"])
def test_every_event_of_users_is_read(hooked):
    client, server = hooked

    def event():
        delivery = server.next()
        return client.verify_and_parse_webhook(
            delivery.body, delivery.headers["x-signature"]
        )

    client.upsert_users(UserRequest(id="ada", name="Ada", custom={"colour": "green"}))
    made = event()
    assert isinstance(made, UserUpdatedEvent)
    assert (made.user.id, made.user.name) == ("ada", "Ada")
    assert made.user.custom == {"colour": "green"}
    assert made.created_at >= made.user.created_at

    client.upsert_users(UserRequest(id="bob"))
    assert event().user.id == "bob"

    client.update_users_partial(
        users=[UpdateUserPartialRequest(id="ada", set={"colour": "blue"})]
    )
    assert event().user.custom == {"colour": "blue"}
    # What changes nothing is not told; the next event is another one.
    client.upsert_users(UserRequest(id="ada", name="Ada", custom={"colour": "blue"}))

    client.deactivate_user(user_id="ada", created_by_id="bob")
    off = event()
    assert isinstance(off, UserDeactivatedEvent)
    assert (off.user.id, off.created_by.id) == ("ada", "bob")
    client.reactivate_user(user_id="ada", created_by_id="bob")
    on = event()
    assert isinstance(on, UserReactivatedEvent)
    assert (on.user.id, on.created_by.id) == ("ada", "bob")

    task = client.export_users(user_ids=["ada"]).data.task_id
    exported = event()
    assert isinstance(exported, AsyncExportUsersEvent)
    assert exported.type == "export.users.success"
    assert exported.task_id == task
    assert "/exports/users/" in exported.url
    assert exported.finished_at >= exported.started_at

    client.delete_users(user_ids=["ada"], user="soft", messages="soft")
    gone = event()
    assert isinstance(gone, UserDeletedEvent)
    assert gone.user.id == "ada"
    assert gone.user.deleted_at is not None
    assert (gone.hard_delete, gone.mark_messages_deleted) == (False, True)
    assert (gone.delete_user, gone.delete_messages) == ("soft", "soft")


@pytest.mark.parametrize(
    "hooked",
    [{"arguments": ["--webhook-gzip", "--webhook-form=nanos"]}],
    indirect=True,
    ids=["gzip"],
)
def test_a_compressed_delivery(hooked):
    client, server = hooked
    client.upsert_users(UserRequest(id="ada", name="Ada"))
    delivery = server.next()
    assert delivery.headers["content-encoding"] == "gzip"
    assert delivery.body[:2] == b"\x1f\x8b"
    signature = delivery.headers["x-signature"]
    event = client.verify_and_parse_webhook(delivery.body, signature)
    assert event.user.name == "Ada"
    # Not the bytes that were sent are signed, but those that they stand for.
    assert not client.verify_signature(delivery.body, signature)


@pytest.mark.parametrize("hooked", [{"statuses": [500]}], indirect=True, ids=["500"])
def test_a_delivery_is_tried_again(hooked):
    client, server = hooked
    client.upsert_users(UserRequest(id="ada"))
    first, second = server.next(), server.next()
    assert second.body == first.body
    attempts = [delivery.headers["x-webhook-attempt"] for delivery in (first, second)]
    assert attempts == ["1", "2"]
    assert first.headers["x-webhook-id"] == second.headers["x-webhook-id"]
    assert client.verify_signature(second.body, second.headers["x-signature"])


def test_a_hook_of_the_app(new_client):
    with receiver() as server, emulator() as own, new_client(own) as client:
        hook = EventHook(
            hook_type="webhook",
            enabled=True,
            webhook_url=server.url,
            event_types=["user.deactivated"],
        )
        client.update_app(event_hooks=[hook])
        client.upsert_users(UserRequest(id="ada"))
        client.deactivate_user(user_id="ada")
        delivery = server.next()
        assert json.loads(delivery.body)["type"] == "user.deactivated"
        assert client.verify_signature(delivery.body, delivery.headers["x-signature"])
