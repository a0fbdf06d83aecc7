// Changing parts of users, and revoking their tokens, which is one.

import assert from 'node:assert/strict';
import { describe, it } from 'node:test';

import { unique, uniques } from '../support.mjs';
import { client, clientAs, newUser, newUsers, refused, stored } from './client.mjs';

/** Changes one user and gives what is answered, which is also what is stored. */
async function update(id, set, unset) {
  const { users } = await client.partialUpdateUser({ id, set, unset });
  assert.deepEqual(await stored(id), users[id]);
  return users[id];
}

/** A change of one user, to be refused. */
const attempt = (id, set, unset) => client.partialUpdateUser({ id, set, unset });

describe('partial update', () => {
  it('sets and unsets custom keys', async () => {
    const id = await newUser({ name: 'Ada' });
    const set = await update(id, { field: 'updated', none: null, tags: ['a'] });
    assert.deepEqual([set.field, set.none, set.tags, set.name], ['updated', null, ['a'], 'Ada']);
    const unset = await update(id, undefined, ['field', 'name']);
    assert.ok(!('field' in unset) && !unset.name);
  });

  it('sets what the service knows', async () => {
    const set = { role: 'admin', teams: ['blue'], teams_role: { blue: 'admin' }, language: 'nl', invisible: true };
    const user = await update(await newUser(), set);
    for (const field of Object.keys(set)) assert.deepEqual(user[field], set[field], field);
  });

  it('reaches into custom data with dots', async () => {
    const id = await newUser();
    const fields = { subfield1: 'value1', subfield2: { deep: 1 } };
    assert.deepEqual((await update(id, { fields })).fields, fields);
    const less = await update(id, { 'fields.third': 3 }, ['fields.subfield1']);
    assert.deepEqual(less.fields, { subfield2: { deep: 1 }, third: 3 });
    assert.deepEqual((await update(id, undefined, ['fields.subfield2.deep'])).fields, { subfield2: {}, third: 3 });
  });

  it('merges privacy settings', async () => {
    const id = await newUser();
    await update(id, { privacy_settings: { typing_indicators: { enabled: true } } });
    const user = await update(id, { privacy_settings: { read_receipts: { enabled: false } } });
    const merged = { typing_indicators: { enabled: true }, read_receipts: { enabled: false } };
    assert.deepEqual(user.privacy_settings, merged);
  });

  for (const key of ['test..test', ' test.test', ' test. test', ' test.test ', '.test.test', 'test.test.']) {
    it(`refuses the key "${key}"`, async () => {
      const id = await newUser();
      await refused(attempt(id, { [key]: '111' }), 400, 4, 'UpdateUsersPartial');
      await refused(attempt(id, undefined, [key]), 400, 4, 'UpdateUsersPartial');
    });
  }

  it('refuses reserved keys, undefined roles and unknown users', async () => {
    const id = await newUser();
    const operation = 'UpdateUsersPartial';
    await refused(attempt(id, { online: true }), 400, 4, operation, /online is a reserved field/);
    await refused(attempt(id, { role: 'pilot' }), 400, 4, operation, 'role "pilot" provided but not defined');
    const unknown = unique();
    await refused(attempt(unknown, { a: 1 }), 404, 16, operation, new RegExp(unknown));
  });

  it('takes a hundred users and no more', async () => {
    const ids = uniques(101);
    await client.upsertUsers(ids.slice(1).map((id) => ({ id })));
    const users = ids.map((id) => ({ id, set: { n: id } }));
    const { users: changed } = await client.partialUpdateUsers(users.slice(1));
    assert.ok(ids.slice(1).every((id) => changed[id].n === id));
    await refused(client.partialUpdateUsers(users), 400, 4, 'UpdateUsersPartial');
  });
});

describe('revoking tokens', () => {
  const hour = 3_600_000;

  it('of one user and of several', async () => {
    const [ada, bob] = await newUsers(2);
    const issued = Math.floor(Date.now() / 1000) - 60;
    const asAda = await clientAs(ada, client.createToken(ada, undefined, issued));
    const asBob = await clientAs(bob, client.createToken(bob, undefined, issued));
    assert.deepEqual((await asAda.getBlockedUsers()).blocks, []);

    await client.revokeUserToken(ada);
    const revoked = (await stored(ada)).revoke_tokens_issued_before;
    assert.ok(Math.abs(Date.now() - Date.parse(revoked)) < 60_000);
    await refused(asAda.getBlockedUsers(), 401, 40, 'GetBlockedUsers');
    assert.deepEqual((await asBob.getBlockedUsers()).blocks, []);

    await client.revokeUserToken(ada, new Date(Date.now() - hour));
    assert.deepEqual((await asAda.getBlockedUsers()).blocks, []);

    await client.revokeUsersToken([ada, bob], new Date());
    await refused(asBob.getBlockedUsers(), 401, 40, 'GetBlockedUsers');

    // Null takes it back.
    await client.revokeUsersToken([ada, bob], null);
    assert.deepEqual((await asBob.getBlockedUsers()).blocks, []);
    assert.ok(!('revoke_tokens_issued_before' in (await stored(ada))));
  });

  it('that say nothing of when they were made', async () => {
    const id = await newUser();
    const undated = await clientAs(id);
    assert.deepEqual((await undated.getBlockedUsers()).blocks, []);
    await client.revokeUserToken(id, new Date(Date.now() - hour));
    await refused(undated.getBlockedUsers(), 401, 40, 'GetBlockedUsers');
  });

  it('makes a client ask for a new one', async () => {
    const id = await newUser();
    const now = () => Math.floor(Date.now() / 1000);
    const tokens = [client.createToken(id, now() - 1), client.createToken(id, now() + 60)];
    const user = await clientAs(id, async () => tokens.shift());
    assert.deepEqual((await user.getBlockedUsers()).blocks, []);
    assert.equal(tokens.length, 0);
  });
});
