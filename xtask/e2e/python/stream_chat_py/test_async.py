"""Every operation through the asynchronous client, which has its own copy of all of them."""

import asyncio
import time
from datetime import datetime, timezone

import pytest
from stream_chat.base.exceptions import StreamAPIException
from support import unique, uniques


def test_every_operation(async_client):
    async def run():
        async with async_client() as client:

            async def finished(response):
                end = time.monotonic() + 20
                while time.monotonic() < end:
                    task = await client.get_task(response["task_id"])
                    if task["status"] == "completed":
                        return task
                    await asyncio.sleep(0.02)
                pytest.fail(f"{task} does not end")

            ada, bob = ids = uniques(2)
            response = await client.upsert_users([{"id": id, "a": 1} for id in ids])
            assert response["users"][ada]["a"] == 1
            response = await client.update_user_partial({"id": ada, "set": {"a": 2}})
            assert response["users"][ada]["a"] == 2
            response = await client.query_users({"id": {"$in": ids}}, {"id": 1}, limit=5)
            assert [user["id"] for user in response["users"]] == ids

            await client.block_user(bob, ada)
            assert len((await client.get_blocked_users(ada))["blocks"]) == 1
            await client.unblock_user(bob, ada)
            device = unique("device")
            await client.add_device(device, "apn", ada)
            [found] = (await client.get_devices(ada))["devices"]
            assert found["id"] == device
            await client.delete_device(device, ada)
            assert (await client.get_user_locations(ada))["active_live_locations"] == []

            response = await client.deactivate_user(ada)
            assert "deactivated_at" in response["user"]
            response = await client.reactivate_user(ada)
            assert "deactivated_at" not in response["user"]
            task = await finished(await client.deactivate_users(ids))
            assert len(task["result"]["users"]) == 2
            for id in ids:
                await client.reactivate_user(id)

            assert (await client.export_user(ada))["user"]["id"] == ada
            task = await finished(await client.export_users(ids))
            assert "/exports/users/" in task["result"]["url"]
            task = await finished(await client.delete_users([bob], "soft"))
            assert task["result"] == {bob: {"status": "ok"}}
            await client.restore_users([bob])
            response = await client.delete_user(bob, mark_messages_deleted=True)
            assert "deleted_at" in response["user"]

            await client.revoke_user_token(ada, datetime.now(timezone.utc))
            response = await client.set_guest_user({"id": unique()})
            assert response["user"]["role"] == "guest"
            limits = await client.get_rate_limits(server_side=True)
            assert "GetTask" in limits["server_side"]

    asyncio.run(run())


def test_an_error(async_client):
    async def run():
        async with async_client() as client:
            with pytest.raises(StreamAPIException) as caught:
                await client.get_task("unknown")
            error = caught.value
            assert (error.status_code, error.error_code) == (404, 16)
            text = 'GetTask failed with error: "Can\'t find task with id "unknown""'
            assert error.error_message == text

    asyncio.run(run())
