// Creating and replacing users.

import assert from 'node:assert/strict';
import { describe, it } from 'node:test';

import { unique, uniques } from '../support.mjs';
import { client, newUser, refused, stored } from './client.mjs';

/** Upserts one user and gives what is answered. */
const upsert = async (user) => (await client.upsertUsers([user])).users[user.id];

describe('upsert', () => {
  it('answers with what the service adds', async () => {
    const id = unique();
    const response = await client.upsertUsers([{ id, name: 'Ada', image: 'a.png' }]);
    assert.equal(response.metadata.responseCode, 201);
    assert.match(response.duration, /^\d+\.\d+ms$/);
    assert.equal(response.membership_deletion_task_id, '');
    assert.deepEqual(Object.keys(response.users), [id]);
    const { created_at, updated_at, ...user } = response.users[id];
    assert.ok(created_at instanceof Date && updated_at instanceof Date);
    assert.ok(Math.abs(Date.now() - created_at.getTime()) < 60_000);
    assert.ok(updated_at >= created_at);
    // The whole answer: no field that is not set is there.
    assert.deepEqual(JSON.parse(JSON.stringify(user)), {
      id,
      name: 'Ada',
      image: 'a.png',
      role: 'user',
      language: '',
      teams: [],
      custom: {},
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

  it('keeps every field', async () => {
    const sent = {
      id: unique(),
      name: 'Ada Lovelace',
      image: 'https://example.com/ada.png',
      role: 'admin',
      language: 'en',
      invisible: true,
      teams: ['blue', 'red'],
      teams_role: { blue: 'admin' },
      privacy_settings: {
        typing_indicators: { enabled: false },
        read_receipts: { enabled: true },
        delivery_receipts: { enabled: false },
      },
      custom: {
        text: 'ünï ✓',
        broken: 0.1,
        yes: true,
        nothing: null,
        list: [1, 'two', [3]],
        nested: { deep: { deeper: [] } },
      },
    };
    for (const user of [await upsert(sent), await stored(sent.id)]) {
      for (const field of Object.keys(sent)) assert.deepEqual(user[field], sent[field], field);
    }
  });

  it('leaves a date in custom data the text that it was sent as', async () => {
    const when = new Date();
    const user = await upsert({ id: unique(), custom: { created_at: when } });
    assert.equal(user.custom.created_at, when.toISOString());
  });

  it('replaces what is not sent', async () => {
    const id = await newUser({ name: 'Ada', image: 'a.png', role: 'admin', teams: ['blue'], custom: { a: 1, b: 2 } });
    const user = await upsert({ id, custom: { b: 3 } });
    assert.deepEqual(user.custom, { b: 3 });
    assert.ok(!user.name && !user.image);
    // What the service keeps: see the emulator's settings.
    assert.equal(user.role, 'admin');
    assert.deepEqual(user.teams, ['blue']);
  });

  it('takes unchanged data for no change', async () => {
    const request = { id: unique(), name: 'Ada', custom: { a: 1 } };
    const first = await upsert(request);
    const again = await upsert(request);
    assert.equal(again.updated_at.getTime(), first.updated_at.getTime());
    assert.equal(again.created_at.getTime(), first.created_at.getTime());
  });

  it('takes a hundred users at once', async () => {
    const ids = uniques(100);
    const { users } = await client.upsertUsers(ids.map((id) => ({ id })));
    assert.deepEqual(Object.keys(users).sort(), ids);
  });

  it('refuses more than a hundred', async () => {
    const ids = uniques(101);
    await refused(client.upsertUsers(ids.map((id) => ({ id }))), 400, 4, 'UpdateUsers');
    assert.equal(await stored(ids[0]), undefined);
  });

  it('refuses the whole batch for one bad user', async () => {
    const good = unique();
    await refused(client.upsertUsers([{ id: good }, { id: unique(), role: 'pilot' }]), 400, 4, 'UpdateUsers');
    assert.equal(await stored(good), undefined);
  });

  for (const id of ['auth0|ada', 'ada lovelace', 'ada.lovelace', 'é', 'a!b', 'x'.repeat(256)]) {
    it(`refuses the id ${encodeURIComponent(id.slice(0, 20))}`, async () => {
      await refused(client.upsertUsers([{ id }]), 400, 4, 'UpdateUsers');
    });
  }

  it('takes the signs that an id may hold, and minds their case', async () => {
    const id = `Ada_@-${unique()}`;
    await client.upsertUsers([{ id }, { id: id.toLowerCase() }]);
    assert.equal((await stored(id)).id, id);
    assert.equal((await stored(id.toLowerCase())).id, id.toLowerCase());
  });

  it('names the undefined role', async () => {
    const request = client.upsertUsers([{ id: unique(), role: 'pilot' }]);
    await refused(request, 400, 4, 'UpdateUsers', /role "pilot" provided but not defined/);
  });

  // The SDK sends what it is given, so that its types alone stand in the way.
  for (const field of ['online', 'created_at', 'updated_at', 'last_active', 'deleted_at', 'deactivated_at', 'banned']) {
    it(`refuses the reserved field ${field}`, async () => {
      const id = unique();
      const value = field.endsWith('_at') || field === 'last_active' ? '2026-01-02T03:04:05Z' : true;
      const request = client.upsertUsers([{ id, [field]: value }]);
      await refused(request, 400, 4, 'UpdateUsers', `users[${id}].${field} is a reserved field`);
    });
  }

  it('refuses a user that is too large', async () => {
    const request = client.upsertUsers([{ id: unique(), custom: { text: 'x'.repeat(6000) } }]);
    await refused(request, 413, 22, 'UpdateUsers');
  });

  it('refuses a deactivated user', async () => {
    const id = await newUser();
    await client.deactivateUser({ user_id: id });
    await refused(client.upsertUsers([{ id }]), 404, 16, 'UpdateUsers', `the user ${id} was deactivated`);
  });

  it('refuses a deleted user', async () => {
    const id = await newUser();
    await client.deleteUsers({ user_ids: [id] });
    await refused(client.upsertUsers([{ id }]), 404, 16, 'UpdateUsers', `the user ${id} was deleted`);
  });
});
