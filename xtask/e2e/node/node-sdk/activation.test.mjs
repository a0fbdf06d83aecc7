// Deactivating and reactivating users, one by one and in bulk.

import assert from 'node:assert/strict';
import { describe, it } from 'node:test';

import { unique, uniques } from '../support.mjs';
import { client, finished, newUser, newUsers, refused, visible } from './client.mjs';

describe('activation', () => {
  it('deactivates and reactivates a user', async () => {
    const id = await newUser({ name: 'Ada' });
    const off = await client.deactivateUser({ user_id: id });
    assert.equal(off.metadata.responseCode, 201);
    assert.equal(off.user.id, id);
    assert.ok(off.user.deactivated_at instanceof Date);
    assert.deepEqual(await visible([id]), []);

    const on = await client.reactivateUser({ user_id: id });
    assert.equal(on.metadata.responseCode, 201);
    assert.equal(on.user.deactivated_at, undefined);
    assert.ok(!('deactivated_at' in on.user) || on.user.deactivated_at === undefined);
    assert.equal(on.user.name, 'Ada');
    assert.deepEqual(await visible([id]), [id]);
  });

  it('is told who did it and what becomes of the messages', async () => {
    const [id, created_by_id] = await newUsers(2);
    await client.deactivateUser({ user_id: id, mark_messages_deleted: true, created_by_id });
    const { user } = await client.reactivateUser({ user_id: id, restore_messages: true, created_by_id, name: 'Grace' });
    assert.equal(user.name, 'Grace');
  });

  it('refuses what is so already', async () => {
    const id = await newUser();
    await refused(client.reactivateUser({ user_id: id }), 400, 4, 'ReactivateUser', /is not deactivated/);
    await client.deactivateUser({ user_id: id });
    await refused(client.deactivateUser({ user_id: id }), 400, 4, 'DeactivateUser', /already deactivated/);
  });

  it('refuses unknown and deleted users', async () => {
    await refused(client.deactivateUser({ user_id: unique() }), 404, 16, 'DeactivateUser');
    await refused(client.reactivateUser({ user_id: unique() }), 404, 16, 'ReactivateUser');
    const id = await newUser();
    await client.deleteUsers({ user_ids: [id] });
    const text = `the user ${id} was deleted`;
    await refused(client.deactivateUser({ user_id: id }), 404, 16, 'DeactivateUser', text);
  });

  it('takes an id that the SDK does not escape', async () => {
    const id = `a@b-${unique()}`;
    await client.upsertUsers([{ id }]);
    assert.equal((await client.deactivateUser({ user_id: id })).user.id, id);
  });

  it('deactivates and reactivates in bulk', async () => {
    const ids = await newUsers();
    const off = await client.deactivateUsers({ user_ids: ids, mark_messages_deleted: true });
    assert.equal(off.metadata.responseCode, 201);
    assert.match(off.task_id, /^[0-9a-f-]{36}$/);
    const done = await finished(off.task_id);
    assert.equal(done.status, 'completed');
    assert.ok(!('error' in done));
    assert.deepEqual(done.result.users.map((user) => user.id).sort(), ids);
    assert.ok(done.result.users.every((user) => 'deactivated_at' in user));
    assert.deepEqual(await visible(ids), []);

    const on = await client.reactivateUsers({ user_ids: ids, restore_messages: true });
    assert.equal(on.metadata.responseCode, 201);
    const back = await finished(on.task_id);
    assert.deepEqual(back.result.users.map((user) => user.id).sort(), ids);
    assert.ok(!back.result.users.some((user) => 'deactivated_at' in user));
    assert.deepEqual(await visible(ids), ids);
  });

  it('starts a task for a user who was just reactivated', async () => {
    const id = await newUser();
    await client.deactivateUser({ user_id: id });
    await client.reactivateUser({ user_id: id });
    const { task_id } = await client.reactivateUsers({ user_ids: [id] });
    assert.ok((await client.getTask({ id: task_id })).status);
  });

  for (const count of [0, 101]) {
    it(`refuses a bulk of ${count}`, async () => {
      const user_ids = uniques(count);
      await refused(client.deactivateUsers({ user_ids }), 400, 4, 'DeactivateUsers', /user_ids/);
      await refused(client.reactivateUsers({ user_ids }), 400, 4, 'ReactivateUsers', /user_ids/);
    });
  }
});
