// Guests, users who block each other, and where users are.

import assert from 'node:assert/strict';
import { describe, it } from 'node:test';

import { plantLocation, sdk, SHARED, unique } from '../support.mjs';
import { client, clientWith, newUser, newUsers, refused, stored } from './client.mjs';

const noUser = 'either user or user_id must be provided when using server side auth.';

describe('guests', () => {
  it('get a token', async () => {
    const asked = unique('guest');
    const guest = { id: asked, name: 'Guest', image: ': )', custom: { color: 'red' } };
    const response = await client.createGuest({ user: guest });
    assert.equal(response.metadata.responseCode, 201);
    const { user } = response;
    assert.ok(user.id.includes(asked));
    assert.deepEqual([user.role, user.name, user.image, user.custom], ['guest', 'Guest', ': )', { color: 'red' }]);
    assert.ok(user.created_at instanceof Date);
    const { verify } = sdk('jsonwebtoken');
    const claims = verify(response.access_token, SHARED.apiSecret, { algorithms: ['HS256'] });
    assert.equal(claims.user_id, user.id);
    assert.equal(claims.exp, undefined);
    assert.equal((await stored(user.id)).role, 'guest');
    assert.deepEqual((await clientWith(response.access_token).getBlockedUsers()).blocks, []);
  });

  it('need a proper id', async () => {
    await refused(client.createGuest({ user: { id: 'not an id' } }), 400, 4, 'CreateGuest');
  });
});

describe('blocks', () => {
  const blocked = async (user_id) => {
    const { blocks } = await client.getBlockedUsers({ user_id });
    return blocks.map((block) => block.blocked_user_id).sort();
  };

  it('are made, listed and taken back', async () => {
    const [ada, bob, eve] = await newUsers();
    const made = await client.blockUsers({ blocked_user_id: bob, user_id: ada });
    assert.equal(made.metadata.responseCode, 201);
    assert.deepEqual([made.blocked_by_user_id, made.blocked_user_id], [ada, bob]);
    assert.ok(made.created_at instanceof Date);
    await client.blockUsers({ blocked_user_id: eve, user_id: ada });
    assert.deepEqual(await blocked(ada), [bob, eve].sort());
    assert.deepEqual(await blocked(bob), []);
    const { blocks } = await client.getBlockedUsers({ user_id: ada });
    const block = blocks.find((one) => one.blocked_user_id === bob);
    assert.deepEqual([block.user_id, block.user.id, block.blocked_user.id], [ada, ada, bob]);
    assert.equal(block.created_at.getTime(), made.created_at.getTime());
    assert.deepEqual((await stored(ada)).blocked_user_ids.sort(), [bob, eve].sort());

    const gone = await client.unblockUsers({ blocked_user_id: bob, user_id: ada });
    assert.equal(gone.metadata.responseCode, 201);
    assert.match(gone.duration, /ms$/);
    assert.deepEqual(await blocked(ada), [eve]);
  });

  it('are there once', async () => {
    const [ada, bob] = await newUsers(2);
    const block = { blocked_user_id: bob, user_id: ada };
    await client.blockUsers(block);
    await client.blockUsers(block);
    assert.deepEqual(await blocked(ada), [bob]);
    await client.unblockUsers(block);
    await client.unblockUsers(block);
    assert.deepEqual(await blocked(ada), []);
  });

  it('take a user for a user_id, but not both', async () => {
    const [ada, bob] = await newUsers(2);
    const block = { blocked_user_id: bob, user: { id: ada } };
    assert.equal((await client.blockUsers(block)).blocked_by_user_id, ada);
    const text = 'cannot set both user and user_id.';
    await refused(client.blockUsers({ ...block, user_id: ada }), 400, 4, 'BlockUsers', text);
  });

  it('need to know who blocks', async () => {
    const blocked_user_id = await newUser();
    await refused(client.blockUsers({ blocked_user_id }), 400, 4, 'BlockUsers', noUser);
    await refused(client.unblockUsers({ blocked_user_id }), 400, 4, 'UnblockUsers', noUser);
    await refused(client.getBlockedUsers(), 400, 4, 'GetBlockedUsers', noUser);
  });

  it('are of users who exist', async () => {
    const [id, unknown] = [await newUser(), unique()];
    const text = new RegExp(unknown);
    await refused(client.blockUsers({ blocked_user_id: unknown, user_id: id }), 404, 16, 'BlockUsers', text);
    await refused(client.blockUsers({ blocked_user_id: id, user_id: unknown }), 404, 16, 'BlockUsers', text);
  });
});

describe('live locations', () => {
  it('are listed, move and end', async () => {
    const users = await newUsers();
    const { cid, messageId, userId, endAt } = await plantLocation(users);
    const { active_live_locations: listed } = await client.getUserLiveLocations({ user_id: userId });
    assert.equal(listed.length, 1);
    const [location] = listed;
    assert.deepEqual(
      [location.message_id, location.channel_cid, location.user_id, location.created_by_device_id],
      [messageId, cid, userId, 'phone'],
    );
    assert.deepEqual([location.latitude, location.longitude], [52.011, 4.357]);
    assert.equal(location.end_at.getTime(), endAt.getTime());
    assert.deepEqual((await client.getUserLiveLocations({ user_id: users[1] })).active_live_locations, []);

    const update = { message_id: messageId, user_id: userId };
    const moved = await client.updateLiveLocation({ ...update, latitude: -89.5, longitude: 179.25 });
    assert.equal(moved.metadata.responseCode, 201);
    assert.deepEqual([moved.latitude, moved.longitude, moved.message_id], [-89.5, 179.25, messageId]);
    assert.equal(moved.end_at.getTime(), endAt.getTime());

    await client.updateLiveLocation({ ...update, end_at: new Date() });
    assert.deepEqual((await client.getUserLiveLocations({ user_id: userId })).active_live_locations, []);
  });

  it('are on the earth', async () => {
    const { messageId, userId } = await plantLocation(await newUsers());
    for (const place of [{ latitude: 90.5 }, { latitude: -90.5 }, { longitude: 180.5 }]) {
      const request = client.updateLiveLocation({ message_id: messageId, user_id: userId, ...place });
      await refused(request, 400, 4, 'UpdateLiveLocation');
    }
  });

  it('belong to somebody', async () => {
    await refused(client.getUserLiveLocations(), 400, 4, 'GetUserLiveLocations', noUser);
    const user_id = await newUser();
    const request = client.updateLiveLocation({ message_id: unique('message'), user_id, latitude: 1 });
    await refused(request, 404, 16, 'UpdateLiveLocation');
  });
});
