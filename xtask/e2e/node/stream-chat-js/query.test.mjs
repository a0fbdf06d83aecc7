// Finding users.

import assert from 'node:assert/strict';
import { before, describe, it } from 'node:test';

import { unique } from '../support.mjs';
import { client, clientAs, newUser, newUsers, refused, stored, visible } from './client.mjs';

describe('query', () => {
  const tag = unique('crew');

  before(async () => {
    for (const user of [
      { name: 'Roxy', role: 'admin', teams: ['red'], age: 9 },
      { name: 'Roxanne', teams: ['red', 'blue'], age: 50, tags: ['a', 'b'] },
      { name: 'Curiosity Rover', username: `${tag}_rover_curiosity`, age: 100 },
      { name: 'Zoe', teams: ['green'], address: { city: 'Delft' } },
    ]) {
      await client.upsertUser({ id: `${user.name.split(' ')[0].toLowerCase()}-${tag}`, tag, ...user });
    }
  });

  /** The names, cut after the first word, of those of the crew whom a filter finds. */
  async function names(condition, sort, options) {
    const { users } = await client.queryUsers({ $and: [{ tag }, condition] }, sort, options);
    return users.map((user) => user.name.split(' ')[0]);
  }

  const newestFirst = ['Zoe', 'Curiosity', 'Roxanne', 'Roxy'];

  for (const [condition, found] of [
    [{}, newestFirst],
    [{ name: 'Roxy' }, ['Roxy']],
    [{ name: { $in: ['Roxy', 'Zoe'] } }, ['Zoe', 'Roxy']],
    [{ role: { $eq: 'admin' } }, ['Roxy']],
    [{ teams: { $in: ['blue', 'green'] } }, ['Zoe', 'Roxanne']],
    [{ teams: { $contains: 'red' } }, ['Roxanne', 'Roxy']],
    [{ teams: null }, ['Curiosity']],
    [{ teams: { $eq: null } }, ['Curiosity']],
    [{ banned: false }, newestFirst],
    [{ age: { $gt: 9 } }, ['Curiosity', 'Roxanne']],
    [{ age: { $exists: false } }, ['Zoe']],
    [{ tags: { $contains: 'a' } }, ['Roxanne']],
    [{ 'address.city': 'Delft' }, ['Zoe']],
    [{ $or: [{ name: { $autocomplete: 'ro' } }, { username: { $autocomplete: 'ro' } }] }, newestFirst.slice(1)],
    [{ username: { $autocomplete: 'rove' } }, ['Curiosity']],
    [{ id: { $autocomplete: `zoe-${tag}` } }, ['Zoe']],
    [{ $nor: [{ name: 'Zoe' }, { role: 'admin' }] }, ['Curiosity', 'Roxanne']],
    [{ last_active: { $exists: false } }, newestFirst],
  ]) {
    it(`finds ${JSON.stringify(condition)}`, async () => {
      assert.deepEqual(await names(condition), found);
    });
  }

  for (const [sort, found] of [
    [{ name: 1 }, ['Curiosity', 'Roxanne', 'Roxy', 'Zoe']],
    [[{ name: -1 }], ['Zoe', 'Roxy', 'Roxanne', 'Curiosity']],
    [[{ role: 1 }, { name: 1 }], ['Roxy', 'Curiosity', 'Roxanne', 'Zoe']],
    [{ created_at: 1 }, [...newestFirst].reverse()],
  ]) {
    it(`sorts by ${JSON.stringify(sort)}`, async () => {
      assert.deepEqual(await names({}, sort), found);
    });
  }

  it('sorts whole numbers in custom data as numbers', async () => {
    assert.deepEqual(await names({ age: { $exists: true } }, { age: -1 }), ['Curiosity', 'Roxanne', 'Roxy']);
  });

  it('tolerates a sort by what nobody has', async () => {
    const sorted = await names({}, { last_active2: -1 });
    assert.deepEqual(sorted.sort(), [...newestFirst].sort());
  });

  it('cuts out a page', async () => {
    assert.deepEqual(await names({}, { name: 1 }, { limit: 2, offset: 1 }), ['Roxanne', 'Roxy']);
    const ids = await newUsers(31);
    assert.equal((await client.queryUsers({ id: { $in: ids } })).users.length, 30);
    const { users } = await client.queryUsers({ id: { $in: ids } }, { id: 1 }, { id_gt: ids[27] });
    assert.deepEqual(users.map((user) => user.id), ids.slice(28));
  });

  it('shows deactivated users when asked to, and deleted ones never', async () => {
    const ids = await newUsers();
    await client.deactivateUser(ids[0]);
    await client.deleteUser(ids[1]);
    assert.deepEqual(await visible(ids), [ids[2]]);
    const more = { include_deactivated_users: true };
    assert.deepEqual(await visible(ids, more), [ids[0], ids[2]]);
    assert.match((await stored(ids[0], more)).deactivated_at, /Z$/);
  });

  it('is for users too', async () => {
    const [ada, bob] = await newUsers(2);
    const asAda = await clientAs(ada);
    const { users } = await asAda.queryUsers({ id: { $in: [ada, bob] } }, { id: 1 }, { presence: false });
    assert.deepEqual(users.map((user) => user.id), [ada, bob]);
  });

  const empty =
    '$autocomplete field is empty or contains invalid characters. Please provide a valid string to autocomplete';
  for (const [condition, text] of [
    [{ id: { $autocomplete: '' }, name: { $autocomplete: 'Ru' } }, empty],
    [{ name: { $autocomplete: '!@#$%!%&*()' } }, empty],
    [{ mycustomfield: { $q: 'rove' } }, 'search is not enabled for field users.mycustomfield'],
    [{ id: { $in: 'ada' } }, undefined],
    [{ teams: '', id: 'ada' }, undefined],
  ]) {
    it(`refuses ${JSON.stringify(condition)}`, async () => {
      await refused(client.queryUsers(condition), 400, 4, 'QueryUsers', text);
    });
  }

  it('takes any letters to autocomplete, or says what is wrong', async () => {
    const id = await newUser();
    const letters = Array.from({ length: 24 }, (_, n) => String.fromCodePoint(0x21 + 997 * n)).join('');
    const request = client.queryUsers({ id: { $autocomplete: letters } });
    const answer = await request.catch((error) => error);
    assert.ok(answer.users?.length === 0 || (answer.status === 400 && answer.code === 4), id);
  });

  for (const [options, text] of [
    [{ limit: 101 }, /limit must be 100 or less/],
    [{ offset: 1001 }, /offset must be 1000 or less/],
  ]) {
    it(`refuses ${JSON.stringify(options)}`, async () => {
      await refused(client.queryUsers({}, [], options), 400, 4, 'QueryUsers', text);
    });
  }
});
