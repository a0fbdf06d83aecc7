"""Every operation through the asynchronous client, which has its own copy of all of them."""

import asyncio

from getstream.exceptions import StreamApiException, StreamTaskException
from getstream.models import (
    QueryUsersPayload,
    UpdateUserPartialRequest,
    UserRequest,
)
from support import plant, unique, uniques

import pytest


def test_every_operation(async_client):
    async def run():
        async with async_client() as client:
            ada, bob = ids = uniques(2)
            response = await client.upsert_users(*[UserRequest(id=id) for id in ids])
            assert sorted(response.data.users) == ids
            created = await client.create_user(id=unique(), name="Grace")
            assert created.name == "Grace"
            response = await client.update_users_partial(
                users=[UpdateUserPartialRequest(id=ada, set={"a": 1})]
            )
            assert response.data.users[ada].custom == {"a": 1}

            response = await client.block_users(blocked_user_id=bob, user_id=ada)
            assert response.data.blocked_user_id == bob
            response = await client.get_blocked_users(user_id=ada)
            assert len(response.data.blocks) == 1
            await client.unblock_users(blocked_user_id=bob, user_id=ada)

            cid, message_id = f"messaging:{unique('channel')}", unique("message")
            plant(
                {
                    "channels": [{"cid": cid, "members": ids}],
                    "messages": [{"id": message_id, "cid": cid, "user_id": ada}],
                    "live_locations": [
                        {
                            "message_id": message_id,
                            "latitude": 1,
                            "longitude": 2,
                            "end_at": "2100-01-01T00:00:00Z",
                            "created_by_device_id": "phone",
                        }
                    ],
                }
            )
            response = await client.update_live_location(
                message_id=message_id, user_id=ada, latitude=3.5, longitude=4.5
            )
            assert response.data.latitude == 3.5
            response = await client.get_user_live_locations(user_id=ada)
            assert len(response.data.active_live_locations) == 1

            response = await client.deactivate_user(user_id=ada)
            assert response.data.user.deactivated_at is not None
            response = await client.reactivate_user(user_id=ada)
            assert response.data.user.deactivated_at is None
            for start in (client.deactivate_users, client.reactivate_users):
                response = await start(user_ids=ids)
                task = await client.wait_for_task(
                    response.data.task_id, poll_interval=0.02
                )
                assert len(task.data.result["users"]) == 2

            response = await client.export_user(user_id=ada)
            assert response.data.user.id == ada
            response = await client.export_users(user_ids=ids)
            task = await client.wait_for_task(response.data.task_id, poll_interval=0.02)
            assert "/exports/users/" in task.data.result["url"]
            response = await client.export_users(user_ids=[unique()])
            with pytest.raises(StreamTaskException):
                await client.wait_for_task(response.data.task_id, poll_interval=0.02)

            response = await client.delete_users(user_ids=[bob])
            task = await client.wait_for_task(response.data.task_id, poll_interval=0.02)
            assert task.data.result == {bob: {"status": "ok"}}
            await client.restore_users(user_ids=[bob])
            response = await client.query_users(
                QueryUsersPayload(filter_conditions={"id": {"$in": ids}})
            )
            assert sorted(user.id for user in response.data.users) == ids

            response = await client.create_guest(user=UserRequest(id=unique()))
            assert response.data.user.role == "guest"
            response = await client.get_rate_limits(server_side=True)
            assert "GetTask" in response.data.server_side

    asyncio.run(run())


def test_an_error(async_client):
    async def run():
        async with async_client() as client:
            with pytest.raises(StreamApiException) as caught:
                await client.get_task(id="unknown")
            error = caught.value
            assert (error.status_code, error.code) == (404, 16)
            assert error.message == (
                'GetTask failed with error: "Can\'t find task with id "unknown""'
            )

    asyncio.run(run())


def test_many_at_once(async_client):
    async def run():
        async with async_client() as client:
            ids = uniques(60)
            await asyncio.gather(
                *[client.upsert_users(UserRequest(id=id, name=id)) for id in ids]
            )
            response = await client.query_users(
                QueryUsersPayload(filter_conditions={"id": {"$in": ids}}, limit=100)
            )
            assert {user.id: user.name for user in response.data.users} == {
                id: id for id in ids
            }

    asyncio.run(run())
