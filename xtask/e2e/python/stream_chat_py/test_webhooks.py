"""Webhooks, verified and read with what the SDK has for it."""

import re

import pytest
from stream_chat.base.exceptions import InvalidWebhookError
from support import emulator, receiver


@pytest.fixture
def hooked(new_client, request):
    """A client, and the receiver that its app tells."""
    options = getattr(request, "param", {})
    with receiver(options.get("statuses", ())) as server:
        arguments = [f"--webhook={server.url}", *options.get("arguments", ())]
        with emulator(*arguments) as own:
            yield new_client(own), server


def test_a_delivery_is_signed(hooked):
    client, server = hooked
    client.upsert_user({"id": "ada"})
    delivery = server.next()
    signature = delivery.headers["x-signature"]
    assert re.fullmatch("[0-9a-f]{64}", signature)
    assert client.verify_webhook(delivery.body, signature)
    assert client.verify_webhook(delivery.body, signature.encode())
    assert not client.verify_webhook(delivery.body + b" ", signature)
    with pytest.raises(InvalidWebhookError, match="signature mismatch"):
        client.verify_and_parse_webhook(delivery.body, "0" * 64)


def test_every_event_of_users_is_read(hooked):
    client, server = hooked

    def event():
        delivery = server.next()
        return client.verify_and_parse_webhook(
            delivery.body, delivery.headers["x-signature"]
        )

    client.upsert_user({"id": "ada", "name": "Ada", "colour": "green"})
    made = event()
    assert made["type"] == "user.updated"
    assert made["created_at"].endswith("Z")
    user = made["user"]
    assert (user["id"], user["name"], user["colour"]) == ("ada", "Ada", "green")
    assert (user["role"], user["language"], user["teams"]) == ("user", "", [])
    assert (user["banned"], user["online"], user["invisible"]) == (False, False, False)
    assert user["blocked_user_ids"] == []
    assert made["members"] == []
    assert made["request_info"]["type"] == "server"
    assert made["request_info"]["sdk"].startswith("stream-python-client-")

    client.upsert_user({"id": "bob"})
    assert event()["user"]["id"] == "bob"
    client.update_user_partial({"id": "ada", "set": {"colour": "blue"}})
    assert event()["user"]["colour"] == "blue"

    client.deactivate_user("ada", created_by_id="bob")
    off = event()
    assert (off["type"], off["user"]["id"]) == ("user.deactivated", "ada")
    assert off["created_by"]["id"] == "bob"
    client.reactivate_user("ada", created_by_id="bob")
    on = event()
    assert (on["type"], on["created_by"]["id"]) == ("user.reactivated", "bob")

    task_id = client.export_users(["ada"])["task_id"]
    exported = event()
    assert (exported["type"], exported["task_id"]) == ("export.users.success", task_id)
    assert "/exports/users/" in exported["url"]

    client.delete_user("ada", mark_messages_deleted=True)
    gone = event()
    assert (gone["type"], gone["user"]["id"]) == ("user.deleted", "ada")
    assert gone["user"]["deleted_at"].endswith("Z")
    assert gone["mark_messages_deleted"] is True
    assert gone["hard_delete"] is False


@pytest.mark.parametrize(
    "hooked", [{"arguments": ["--webhook-gzip"]}], indirect=True, ids=["gzip"]
)
def test_a_compressed_delivery(hooked):
    client, server = hooked
    client.upsert_user({"id": "ada", "name": "Ada"})
    delivery = server.next()
    assert delivery.headers["content-encoding"] == "gzip"
    signature = delivery.headers["x-signature"]
    event = client.verify_and_parse_webhook(delivery.body, signature)
    assert event["user"]["name"] == "Ada"
    assert not client.verify_webhook(delivery.body, signature)


@pytest.mark.parametrize("hooked", [{"statuses": [503]}], indirect=True, ids=["503"])
def test_a_delivery_is_tried_again(hooked):
    client, server = hooked
    client.upsert_user({"id": "ada"})
    first, second = server.next(), server.next()
    assert second.body == first.body
    attempts = [delivery.headers["x-webhook-attempt"] for delivery in (first, second)]
    assert attempts == ["1", "2"]
    assert first.headers["x-webhook-id"] == second.headers["x-webhook-id"]


def test_a_hook_of_the_app(new_client):
    with receiver() as server, emulator() as own:
        client = new_client(own)
        hook = {
            "hook_type": "webhook",
            "enabled": True,
            "webhook_url": server.url,
            "event_types": ["user.deactivated"],
        }
        client.update_app_settings(event_hooks=[hook])
        client.upsert_user({"id": "ada"})
        client.deactivate_user("ada")
        delivery = server.next()
        event = client.verify_and_parse_webhook(
            delivery.body, delivery.headers["x-signature"]
        )
        assert event["type"] == "user.deactivated"
