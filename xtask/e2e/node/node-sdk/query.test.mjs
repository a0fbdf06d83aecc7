// Finding users.

import assert from 'node:assert/strict';
import { before, describe, it } from 'node:test';

import { unique, uniques } from '../support.mjs';
import { client, newUsers, refused, stored, visible } from './client.mjs';

/** A query, to be refused. */
const query = (filter_conditions, options = {}) => client.queryUsers({ payload: { filter_conditions, ...options } });

describe('query', () => {
  const tag = unique('crew');

  // Users that differ in everything that can be asked for, made one after the other.
  before(async () => {
    const email = `${tag}@example.com`;
    for (const [name, role, teams, custom] of [
      ['Roxy', 'admin', ['red'], { age: 9, nick: 'rox' }],
      ['Roxanne', 'user', ['red', 'blue'], { age: 50, tags: ['a', 'b'], shy: true }],
      ['Curiosity Rover', 'user', [], { age: 100, email, username: `${tag}_rover_curiosity` }],
      ['Zoe', 'moderator', ['green'], { address: { city: 'Delft' }, score: 1.5 }],
    ]) {
      const id = `${name.split(' ')[0].toLowerCase()}-${tag}`;
      await client.upsertUsers([{ id, name, role, teams, custom: { tag, ...custom } }]);
    }
  });

  /** The names, cut after the first word, of those of the crew whom a filter finds. */
  async function names(condition, options) {
    const { users } = await query({ $and: [{ tag }, condition] }, options);
    return users.map((user) => user.name.split(' ')[0]);
  }

  const newestFirst = ['Zoe', 'Curiosity', 'Roxanne', 'Roxy'];

  for (const [condition, found] of [
    [{}, newestFirst],
    [{ name: 'Roxy' }, ['Roxy']],
    [{ name: { $eq: 'Roxy' } }, ['Roxy']],
    [{ name: { $in: ['Roxy', 'Zoe'] } }, ['Zoe', 'Roxy']],
    [{ name: { $gt: 'Roxanne' } }, ['Zoe', 'Roxy']],
    [{ name: { $gte: 'Roxanne', $lt: 'Zoe' } }, ['Roxanne', 'Roxy']],
    [{ name: { $lte: 'Roxanne' } }, ['Curiosity', 'Roxanne']],
    [{ name: { $exists: false } }, []],
    [{ role: 'admin' }, ['Roxy']],
    [{ role: { $in: ['admin', 'moderator'] } }, ['Zoe', 'Roxy']],
    [{ teams: { $contains: 'red' } }, ['Roxanne', 'Roxy']],
    [{ teams: { $in: ['blue', 'green'] } }, ['Zoe', 'Roxanne']],
    [{ teams: null }, ['Curiosity']],
    [{ teams: {} }, newestFirst],
    [{ banned: { $eq: false } }, newestFirst],
    [{ banned: { $ne: false } }, []],
    [{ bypass_moderation: false }, newestFirst],
    [{ shadow_banned: { $ne: true } }, newestFirst],
    [{ last_active: { $exists: false } }, newestFirst],
    [{ language: { $eq: '' } }, newestFirst],
    [{ email: `${tag}@example.com` }, ['Curiosity']],
    [{ username: `${tag}_rover_curiosity` }, ['Curiosity']],
    [{ username: { $autocomplete: 'cur' }, tag }, ['Curiosity']],
    [{ nick: 'rox' }, ['Roxy']],
    [{ nick: { $exists: false } }, ['Zoe', 'Curiosity', 'Roxanne']],
    [{ shy: true }, ['Roxanne']],
    [{ score: { $gt: 1, $lt: 2 } }, ['Zoe']],
    [{ age: { $gt: 9 } }, ['Curiosity', 'Roxanne']],
    [{ age: { $in: [9, 100] } }, ['Curiosity', 'Roxy']],
    [{ tags: { $contains: 'a' } }, ['Roxanne']],
    [{ 'address.city': 'Delft' }, ['Zoe']],
    [{ $or: [{ name: 'Zoe' }, { role: 'admin' }] }, ['Zoe', 'Roxy']],
    [{ $nor: [{ name: 'Zoe' }, { role: 'admin' }] }, ['Curiosity', 'Roxanne']],
    [{ $and: [{ role: 'user' }, { age: { $lt: 60 } }] }, ['Roxanne']],
    [{ name: { $autocomplete: 'ro' } }, ['Curiosity', 'Roxanne', 'Roxy']],
    [{ name: { $autocomplete: 'ROX' } }, ['Roxanne', 'Roxy']],
    [{ name: { $autocomplete: 'rove' } }, ['Curiosity']],
    [{ name: { $autocomplete: 'oxy' } }, []],
  ]) {
    it(`finds ${JSON.stringify(condition)}`, async () => {
      assert.deepEqual(await names(condition), found);
    });
  }

  it('asks for ids in every way', async () => {
    const ids = await newUsers(5);
    const found = async (id) => {
      const { users } = await query({ $and: [{ id: { $in: ids } }, { id }] });
      return users.map((user) => user.id).sort();
    };
    assert.deepEqual(await found({ $ne: ids[1] }), [ids[0], ...ids.slice(2)]);
    assert.deepEqual(await found({ $nin: ids.slice(0, 2) }), ids.slice(2));
    assert.deepEqual(await found({ $gt: ids[2] }), ids.slice(3));
    assert.deepEqual(await found({ $gte: ids[2], $lt: ids[4] }), ids.slice(2, 4));
    assert.deepEqual(await found({ $lte: ids[2] }), ids.slice(0, 3));
    assert.deepEqual(await found({ $autocomplete: ids[2].slice(0, -1) }), ids);
  });

  it('compares times', async () => {
    const zoe = await stored(`zoe-${tag}`);
    const soon = new Date(zoe.created_at.getTime() + 60_000);
    assert.deepEqual(await names({ created_at: { $lt: soon.toISOString() } }), newestFirst);
    assert.deepEqual(await names({ updated_at: { $gte: soon } }), []);
  });

  it('sorts', async () => {
    const by = (...fields) => ({ sort: fields.map(([field, direction, type]) => ({ field, direction, type })) });
    assert.deepEqual(await names({}, by(['name', 1])), ['Curiosity', 'Roxanne', 'Roxy', 'Zoe']);
    assert.deepEqual(await names({}, by(['role', -1], ['name', 1])), ['Curiosity', 'Roxanne', 'Zoe', 'Roxy']);
    assert.deepEqual(await names({}, by(['created_at', 1])), [...newestFirst].reverse());
    const aged = { age: { $exists: true } };
    assert.deepEqual(await names(aged, by(['age', 1])), ['Roxy', 'Roxanne', 'Curiosity']);
    assert.deepEqual(await names(aged, by(['age', -1, 'number'])), ['Curiosity', 'Roxanne', 'Roxy']);
  });

  it('sorts upwards where no direction is given', async () => {
    assert.deepEqual(await names({}, { sort: [{ field: 'name' }] }), ['Curiosity', 'Roxanne', 'Roxy', 'Zoe']);
  });

  it('tolerates a sort by what nobody has', async () => {
    const all = await names({}, { sort: [{ field: 'last_active2', direction: -1 }] });
    assert.deepEqual([...all].sort(), [...newestFirst].sort());
  });

  it('cuts out a page', async () => {
    const sort = [{ field: 'name', direction: 1 }];
    assert.deepEqual(await names({}, { sort, limit: 2 }), ['Curiosity', 'Roxanne']);
    assert.deepEqual(await names({}, { sort, limit: 2, offset: 2 }), ['Roxy', 'Zoe']);
    assert.deepEqual(await names({}, { sort, offset: 4 }), []);
  });

  it('answers with thirty users where no limit is given', async () => {
    const ids = await newUsers(31);
    const { users } = await query({ id: { $in: ids } });
    assert.equal(users.length, 30);
    assert.equal((await visible(ids)).length, 31);
  });

  it('pages by id', async () => {
    const ids = await newUsers(7);
    const sort = [{ field: 'id', direction: 1 }];
    const seen = [];
    for (let id_gt = 'a'; ; id_gt = seen.at(-1)) {
      const { users } = await query({ id: { $in: ids } }, { sort, limit: 3, id_gt });
      if (users.length === 0) break;
      seen.push(...users.map((user) => user.id));
    }
    assert.deepEqual(seen, ids);
  });

  for (const [options, text] of [
    [{ limit: 101 }, /limit must be 100 or less/],
    [{ limit: -1 }, /limit must be 0 or greater/],
    [{ offset: 1001 }, /offset must be 1000 or less/],
    [{ offset: -1 }, /offset must be 0 or greater/],
    [{ sort: Array.from({ length: 6 }, (_, n) => ({ field: `f${n}`, direction: 1 })) }, undefined],
    [{ sort: [{ field: 'name', direction: 2 }] }, undefined],
  ]) {
    it(`refuses ${JSON.stringify(options).slice(0, 40)}`, async () => {
      await refused(query({}, options), 400, 4, 'QueryUsers', text);
    });
  }

  it('shows deactivated users when asked to', async () => {
    const ids = await newUsers();
    await client.deactivateUser({ user_id: ids[0] });
    assert.deepEqual(await visible(ids), ids.slice(1));
    assert.deepEqual(await visible(ids, { include_deactivated_users: true }), ids);
    const shown = await stored(ids[0], { include_deactivated_users: true });
    assert.ok(shown.deactivated_at instanceof Date);
    assert.equal((await stored(ids[1], { include_deactivated_users: true })).deactivated_at, undefined);
  });

  it('never shows deleted users', async () => {
    const ids = await newUsers(3);
    const modes = [{ user: 'soft' }, { user: 'pruning' }, { user: 'hard', messages: 'hard', conversations: 'hard' }];
    for (const [n, mode] of modes.entries()) await client.deleteUsers({ user_ids: [ids[n]], ...mode });
    assert.deepEqual(await visible(ids, { include_deactivated_users: true }), []);
  });

  it('refuses a query without a payload', async () => {
    await refused(client.queryUsers(), 400, 4, 'QueryUsers', 'invalid json data');
  });

  for (const [condition, text] of [
    [
      { name: { $autocomplete: '' } },
      '$autocomplete field is empty or contains invalid characters. Please provide a valid string to autocomplete',
    ],
    [
      { name: { $autocomplete: '_ * -' } },
      '$autocomplete field is empty or contains invalid characters. Please provide a valid string to autocomplete',
    ],
    [{ name: { $exists: 'yes' } }, /\$exists operator only support boolean values/],
    [{ name: { $ne: 'ada' } }, undefined],
    [{ role: { $autocomplete: 'ad' } }, undefined],
    [{ id: { $in: 'ada' } }, undefined],
    [{ teams: '' }, undefined],
    [{ name: { $q: 'ada' } }, undefined],
    [{ created_at: 'yesterday' }, undefined],
    [{ $xor: [] }, undefined],
  ]) {
    it(`refuses ${JSON.stringify(condition)}`, async () => {
      await refused(query(condition), 400, 4, 'QueryUsers', text);
    });
  }

  it('takes a long filter', async () => {
    const ids = uniques(100);
    await client.upsertUsers(ids.map((id) => ({ id })));
    assert.deepEqual(await visible(ids), ids);
  });
});
