// Changing parts of users.

import assert from 'node:assert/strict';
import { describe, it } from 'node:test';

import { unique, uniques } from '../support.mjs';
import { client, newUser, newUsers, refused, stored } from './client.mjs';

/** Changes one user and gives what is answered, which is also what is stored. */
async function update(id, set, unset) {
  const response = await client.updateUsersPartial({ users: [{ id, set, unset }] });
  assert.equal(response.metadata.responseCode, 200);
  assert.deepEqual(await stored(id), response.users[id]);
  return response.users[id];
}

/** A change of one user, to be refused. */
const attempt = (id, set, unset) => client.updateUsersPartial({ users: [{ id, set, unset }] });

describe('partial update', () => {
  it('takes keys that the service does not know for custom ones', async () => {
    const user = await update(await newUser({ name: 'Ada' }), { country: 'NL', age: 36, tags: ['a'], none: null });
    assert.deepEqual(user.custom, { country: 'NL', age: 36, tags: ['a'], none: null });
    assert.equal(user.name, 'Ada');
  });

  it('takes a key named custom for a custom key itself', async () => {
    const user = await update(await newUser(), { role: 'admin', custom: { color: 'blue' } }, ['name']);
    assert.deepEqual(user.custom, { custom: { color: 'blue' } });
    assert.equal(user.role, 'admin');
    assert.ok(!user.name);
  });

  it('sets what the service knows', async () => {
    const set = {
      name: 'Grace',
      image: 'g.png',
      role: 'admin',
      language: 'nl',
      invisible: true,
      teams: ['blue'],
      teams_role: { blue: 'admin' },
    };
    const user = await update(await newUser(), set);
    for (const field of Object.keys(set)) assert.deepEqual(user[field], set[field], field);
    assert.deepEqual(user.custom, {});
  });

  it('replaces the value of a key', async () => {
    const id = await newUser({ custom: { a: { x: 1, y: 2 }, b: 1 } });
    assert.deepEqual((await update(id, { a: { z: 3 } })).custom, { a: { z: 3 }, b: 1 });
  });

  it('reaches into custom data with dots', async () => {
    const id = await newUser({ custom: { field: { first: 1, second: 2 } } });
    const changed = await update(id, { 'field.second': 'new', 'field.third.deep': true });
    assert.deepEqual(changed.custom, { field: { first: 1, second: 'new', third: { deep: true } } });
    const less = await update(id, undefined, ['field.first', 'field.third']);
    assert.deepEqual(less.custom, { field: { second: 'new' } });
    assert.deepEqual((await update(id, undefined, ['field.second'])).custom, { field: {} });
  });

  it('sets and unsets at once', async () => {
    const id = await newUser({ name: 'Ada', custom: { field: 'old', gone: 1 } });
    const user = await update(id, { field: 'new' }, ['name', 'gone', 'never.there']);
    assert.deepEqual(user.custom, { field: 'new' });
    assert.ok(!user.name);
  });

  it('merges privacy settings', async () => {
    const id = await newUser();
    const first = await update(id, { privacy_settings: { typing_indicators: { enabled: true } } });
    assert.deepEqual(first.privacy_settings, { typing_indicators: { enabled: true } });
    const second = await update(id, { privacy_settings: { read_receipts: { enabled: false } } });
    assert.deepEqual(second.privacy_settings, {
      typing_indicators: { enabled: true },
      read_receipts: { enabled: false },
    });
  });

  it('sets and clears the time before which tokens are revoked', async () => {
    const id = await newUser();
    const before = new Date('2026-01-02T03:04:05.500Z');
    const set = await update(id, { revoke_tokens_issued_before: before });
    assert.equal(set.revoke_tokens_issued_before.getTime(), before.getTime());
    const cleared = await update(id, { revoke_tokens_issued_before: null });
    assert.equal(cleared.revoke_tokens_issued_before, undefined);
    assert.deepEqual(cleared.custom, {});
  });

  it('takes unchanged data for no change', async () => {
    const id = await newUser();
    const first = await update(id, { a: 1 });
    const again = await update(id, { a: 1 });
    assert.equal(again.updated_at.getTime(), first.updated_at.getTime());
  });

  for (const key of ['a..b', 'a b', '.a', 'a.']) {
    it(`refuses the key "${key}"`, async () => {
      const id = await newUser();
      await refused(attempt(id, { [key]: 1 }), 400, 4, 'UpdateUsersPartial');
      await refused(attempt(id, undefined, [key]), 400, 4, 'UpdateUsersPartial');
    });
  }

  for (const key of ['created_at', 'updated_at', 'online', 'last_active', 'deleted_at', 'deactivated_at', 'banned']) {
    it(`refuses the reserved key ${key}`, async () => {
      const value = ['online', 'banned'].includes(key) ? true : '2026-01-02T03:04:05Z';
      const request = attempt(await newUser(), { [key]: value });
      await refused(request, 400, 4, 'UpdateUsersPartial', new RegExp(`${key} is a reserved field`));
    });
  }

  it('refuses an undefined role', async () => {
    const request = attempt(await newUser(), { role: 'pilot' });
    await refused(request, 400, 4, 'UpdateUsersPartial', 'role "pilot" provided but not defined');
  });

  it('refuses a role in a team without the team', async () => {
    await refused(attempt(await newUser(), { teams_role: { blue: 'admin' } }), 400, 4, 'UpdateUsersPartial');
  });

  it('refuses all for one unknown user', async () => {
    const [id, unknown] = [await newUser(), unique()];
    const users = [
      { id, set: { a: 1 } },
      { id: unknown, set: { a: 1 } },
    ];
    await refused(client.updateUsersPartial({ users }), 404, 16, 'UpdateUsersPartial', new RegExp(unknown));
    assert.deepEqual((await stored(id)).custom, {});
  });

  it('takes a hundred users and no more', async () => {
    const ids = uniques(101);
    await client.upsertUsers(ids.slice(1).map((id) => ({ id })));
    const users = ids.map((id) => ({ id, set: { n: id } }));
    const response = await client.updateUsersPartial({ users: users.slice(1) });
    assert.equal(Object.keys(response.users).length, 100);
    await refused(client.updateUsersPartial({ users }), 400, 4, 'UpdateUsersPartial');
  });

  it('refuses a user that grows too large', async () => {
    await refused(attempt(await newUser(), { text: 'x'.repeat(6000) }), 413, 22, 'UpdateUsersPartial');
  });

  it('refuses deactivated and deleted users', async () => {
    const [first, second] = await newUsers(2);
    await client.deactivateUser({ user_id: first });
    await client.deleteUsers({ user_ids: [second] });
    const operation = 'UpdateUsersPartial';
    await refused(attempt(first, { a: 1 }), 404, 16, operation, `the user ${first} was deactivated`);
    await refused(attempt(second, { a: 1 }), 404, 16, operation, `the user ${second} was deleted`);
  });
});
