// Guests, blocks, devices and live locations.

import assert from 'node:assert/strict';
import { describe, it } from 'node:test';

import { plantLocation, sdk, SHARED, unique, uniques } from '../support.mjs';
import { anonymous, client, clientAs, newUser, newUsers, refused, stored, TIME } from './client.mjs';

const noUser = 'either user or user_id must be provided when using server side auth.';

describe('guests', () => {
  // `setGuestUser` opens a websocket after this request.
  const guest = (by, user) => by.post(`${by.baseURL}/guest`, { user });

  it('are made by nobody in particular', async () => {
    const asked = unique('guest');
    const { user, access_token } = await guest(anonymous(), { id: asked, name: 'Guest', colour: 'red' });
    assert.ok(user.id.includes(asked));
    assert.deepEqual([user.role, user.name, user.colour], ['guest', 'Guest', 'red']);
    assert.equal(sdk('jsonwebtoken').verify(access_token, SHARED.apiSecret).user_id, user.id);
    assert.equal((await stored(user.id)).role, 'guest');
    const asGuest = await clientAs(user.id, access_token);
    assert.deepEqual((await asGuest.getBlockedUsers()).blocks, []);
  });

  it('are made by servers too', async () => {
    assert.equal((await guest(client, { id: unique() })).user.role, 'guest');
  });

  it('are all that nobody makes', async () => {
    const request = anonymous().upsertUser({ id: unique() });
    await refused(request, 403, 17, 'UpdateUsers', /User with role 'anonymous' is not allowed to perform action/);
  });
});

describe('blocks', () => {
  it('are made, listed and taken back', async () => {
    const [ada, bob, eve] = await newUsers();
    const made = await client.blockUser(bob, ada);
    assert.deepEqual([made.blocked_by_user_id, made.blocked_user_id], [ada, bob]);
    assert.match(made.created_at, TIME);
    await client.blockUser(bob, ada);
    await client.blockUser(eve, ada);
    const { blocks } = await client.getBlockedUsers(ada);
    assert.deepEqual(blocks.map((block) => block.blocked_user_id).sort(), [bob, eve]);
    for (const block of blocks) {
      assert.deepEqual([block.user_id, block.user.id, block.blocked_user.id], [ada, ada, block.blocked_user_id]);
      assert.match(block.created_at, TIME);
    }
    assert.deepEqual((await stored(ada)).blocked_user_ids.sort(), [bob, eve]);
    await client.unBlockUser(bob, ada);
    assert.equal((await client.getBlockedUsers(ada)).blocks.length, 1);
  });

  it('are made by users themselves', async () => {
    const [ada, bob] = await newUsers(2);
    const asAda = await clientAs(ada);
    assert.equal((await asAda.blockUser(bob)).blocked_by_user_id, ada);
    assert.equal((await asAda.getBlockedUsers()).blocks.length, 1);
    await asAda.unBlockUser(bob);
    assert.deepEqual((await asAda.getBlockedUsers()).blocks, []);
  });

  it('need to know who blocks', async () => {
    const id = await newUser();
    await refused(client.blockUser(id), 400, 4, 'BlockUsers', noUser);
    await refused(client.getBlockedUsers(), 400, 4, 'GetBlockedUsers', noUser);
    const unknown = unique();
    await refused(client.blockUser(unknown, id), 404, 16, 'BlockUsers', new RegExp(unknown));
  });
});

describe('devices', () => {
  const devices = async (id) => (await client.getDevices(id)).devices;

  it('are added, listed and removed', async () => {
    const id = await newUser();
    assert.deepEqual(await devices(id), []);
    const [first, second] = uniques(2, 'device');
    await client.addDevice(first, 'apn', id);
    await client.addDevice(second, 'firebase', id, 'mine');
    await client.addDevice(first, 'apn', id);
    const found = Object.fromEntries((await devices(id)).map((device) => [device.id, device]));
    assert.deepEqual(Object.keys(found).sort(), [first, second]);
    assert.deepEqual([found[first].push_provider, found[first].user_id], ['apn', id]);
    assert.match(found[first].created_at, TIME);
    assert.equal(found[second].push_provider_name, 'mine');
    // What is upserted keeps its devices.
    const { users } = await client.upsertUser({ id, name: 'Grace' });
    assert.deepEqual(users[id].devices.map((device) => device.id).sort(), [first, second]);
    await client.removeDevice(first, id);
    assert.deepEqual((await devices(id)).map((device) => device.id), [second]);
  });

  it('are added by users themselves', async () => {
    const id = await newUser();
    const user = await clientAs(id);
    const device = unique('device');
    await user.addDevice(device, 'firebase');
    assert.deepEqual((await user.getDevices()).devices.map((one) => one.id), [device]);
    await user.removeDevice(device);
    assert.deepEqual(await devices(id), []);
  });

  it('may be there before their user', async () => {
    const id = unique();
    await client.addDevice(unique('device'), 'apn', id);
    const { users } = await client.upsertUser({ id, name: 'Ada' });
    assert.equal(users[id].devices.length, 1);
  });

  it('are 25, the newest', async () => {
    const id = await newUser();
    const ids = uniques(26, 'device');
    for (const device of ids) await client.addDevice(device, 'firebase', id);
    assert.deepEqual((await devices(id)).map((device) => device.id).sort(), ids.slice(1));
  });

  it('have a provider that there is', async () => {
    await refused(client.addDevice(unique('device'), 'pigeon', await newUser()), 400, 4, 'CreateDevice');
  });
});

describe('live locations', () => {
  it('are listed, move and end', async () => {
    const { cid, messageId, userId, endAt } = await plantLocation(await newUsers());
    const user = await clientAs(userId);
    const { active_live_locations: listed } = await user.getSharedLocations();
    assert.equal(listed.length, 1);
    const [location] = listed;
    assert.deepEqual([location.message_id, location.channel_cid, location.user_id], [messageId, cid, userId]);
    assert.equal(Date.parse(location.end_at), endAt.getTime());
    assert.match(location.created_at, TIME);
    const place = { message_id: messageId, created_by_device_id: 'phone', latitude: 1.5, longitude: -2.5 };
    const moved = await user.updateLocation(place);
    assert.deepEqual([moved.latitude, moved.longitude, moved.message_id], [1.5, -2.5, messageId]);
    await user.updateLocation({ message_id: messageId, end_at: new Date().toISOString() });
    assert.deepEqual((await user.getSharedLocations()).active_live_locations, []);
  });

  it('belong to somebody', async () => {
    // A server's call of this SDK names no user.
    await refused(client.getSharedLocations(), 400, 4, 'GetUserLiveLocations', noUser);
  });
});
