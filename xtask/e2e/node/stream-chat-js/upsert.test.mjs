// Creating and replacing users.

import assert from 'node:assert/strict';
import { describe, it } from 'node:test';

import { unique, uniques } from '../support.mjs';
import { client, newUser, newUsers, refused, stored, TIME } from './client.mjs';

/** Upserts one user and gives what is answered. */
const upsert = async (user) => (await client.upsertUser(user)).users[user.id];

describe('upsert', () => {
  it('answers with what the service adds', async () => {
    const id = unique();
    const { users, duration } = await client.upsertUser({ id, name: 'Ada', image: 'a.png' });
    assert.match(duration, /^\d+\.\d+ms$/);
    assert.deepEqual(Object.keys(users), [id]);
    const { created_at, updated_at, ...user } = users[id];
    assert.match(created_at, TIME);
    assert.match(updated_at, TIME);
    assert.ok(Math.abs(Date.now() - Date.parse(created_at)) < 60_000);
    // The whole answer: no field that is not set is there, and nothing stands in `custom`.
    assert.deepEqual(user, {
      id,
      name: 'Ada',
      image: 'a.png',
      role: 'user',
      language: '',
      teams: [],
      blocked_user_ids: [],
      devices: [],
      mutes: [],
      channel_mutes: [],
      banned: false,
      shadow_banned: false,
      online: false,
      invisible: false,
      total_unread_count: 0,
      unread_count: 0,
      unread_channels: 0,
      unread_threads: 0,
    });
  });

  it('keeps custom data beside the other fields', async () => {
    const sent = {
      id: unique(),
      name: 'Ada',
      role: 'admin',
      language: 'en',
      invisible: true,
      teams: ['blue', 'red'],
      teams_role: { blue: 'admin' },
      privacy_settings: { typing_indicators: { enabled: false } },
      colour: 'ünï ✓',
      broken: 0.1,
      nothing: null,
      list: [1, 'two', [3]],
      nested: { deep: { deeper: [] } },
    };
    for (const user of [await upsert(sent), await stored(sent.id)]) {
      for (const field of Object.keys(sent)) assert.deepEqual(user[field], sent[field], field);
      assert.ok(!('custom' in user));
    }
  });

  it('takes what was answered, without what the service sets itself', async () => {
    // What older applications do: read a user, change it, write it back.
    const id = await newUser({ name: 'Ada', colour: 'green' });
    const { created_at, updated_at, online, banned, shadow_banned, ...rest } = await stored(id);
    for (const list of ['devices', 'mutes', 'channel_mutes', 'blocked_user_ids']) assert.deepEqual(rest[list], []);
    const { id: same, name, colour, role, language, teams, invisible } = rest;
    const user = await upsert({ id: same, name, colour: 'blue', role, language, teams, invisible });
    assert.deepEqual([user.name, user.colour, user.created_at], ['Ada', 'blue', created_at]);
  });

  it('replaces what is not sent', async () => {
    const id = await newUser({ name: 'Ada', role: 'admin', teams: ['a'], b: 1, c: 2 });
    const user = await upsert({ id, c: 3 });
    assert.equal(user.c, 3);
    assert.ok(!('b' in user) && !user.name);
    // What the service keeps: see the emulator's settings.
    assert.deepEqual([user.role, user.teams], ['admin', ['a']]);
  });

  it('has older names', async () => {
    const ids = uniques(2);
    assert.ok(ids[0] in (await client.updateUser({ id: ids[0] })).users);
    assert.deepEqual(Object.keys((await client.updateUsers(ids.map((id) => ({ id })))).users).sort(), ids);
  });

  it('takes unchanged data for no change', async () => {
    const user = { id: unique(), name: 'Ada', a: 1 };
    const first = await upsert(user);
    assert.deepEqual(await upsert(user), first);
  });

  it('takes a hundred users and no more', async () => {
    const users = uniques(101).map((id) => ({ id }));
    assert.equal(Object.keys((await client.upsertUsers(users.slice(1))).users).length, 100);
    await refused(client.upsertUsers(users), 400, 4, 'UpdateUsers');
    assert.equal(await stored(users[0].id), undefined);
  });

  for (const field of ['online', 'created_at', 'updated_at', 'last_active', 'deleted_at', 'deactivated_at', 'banned']) {
    it(`refuses the reserved field ${field}`, async () => {
      const id = unique();
      const value = ['online', 'banned'].includes(field) ? true : '2026-01-02T03:04:05Z';
      const sentence = `users[${id}].${field} is a reserved field`;
      const request = client.upsertUser({ id, [field]: value });
      await refused(request, 400, 4, 'UpdateUsers', sentence);
      await assert.rejects(client.upsertUser({ id, [field]: value }), (error) => {
        assert.deepEqual(error.response.data.exception_fields, { [`users[${id}].${field}`]: sentence });
        return true;
      });
    });
  }

  for (const id of ['auth0|ada', 'ada lovelace', 'é', 'a!b', 'x'.repeat(256)]) {
    it(`refuses the id ${encodeURIComponent(id.slice(0, 20))}`, async () => {
      await refused(client.upsertUser({ id }), 400, 4, 'UpdateUsers');
    });
  }

  it('needs an id, which the SDK looks for itself', async () => {
    await assert.rejects(client.upsertUsers([{ name: 'Ada' }]), /User ID is required/);
  });

  it('refuses the whole batch for one bad user', async () => {
    const good = unique();
    const request = client.upsertUsers([{ id: good }, { id: unique(), role: 'pilot' }]);
    await refused(request, 400, 4, 'UpdateUsers', /role "pilot" provided but not defined/);
    assert.equal(await stored(good), undefined);
  });

  it('refuses a user that is too large', async () => {
    await refused(client.upsertUser({ id: unique(), text: 'x'.repeat(6000) }), 413, 22, 'UpdateUsers');
  });

  it('refuses deactivated and deleted users', async () => {
    const [first, second] = await newUsers(2);
    await client.deactivateUser(first);
    await client.deleteUser(second);
    await refused(client.upsertUser({ id: first }), 404, 16, 'UpdateUsers', `the user ${first} was deactivated`);
    await refused(client.upsertUser({ id: second }), 404, 16, 'UpdateUsers', `the user ${second} was deleted`);
  });

  it('honours a list of blocked users that is sent', async () => {
    const [ada, bob] = await newUsers(2);
    await client.blockUser(bob, ada);
    await client.upsertUser({ id: ada, name: 'Ada' });
    assert.deepEqual((await stored(ada)).blocked_user_ids, [bob]);
    await client.upsertUser({ id: ada, blocked_user_ids: [] });
    assert.deepEqual((await stored(ada)).blocked_user_ids, []);
  });
});
