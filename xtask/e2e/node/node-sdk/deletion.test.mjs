// Deleting users and restoring them.

import assert from 'node:assert/strict';
import { describe, it } from 'node:test';

import { plant, unique, uniques } from '../support.mjs';
import { client, finished, newUser, newUsers, refused, stored, visible } from './client.mjs';

const everything = { user: 'hard', messages: 'hard', conversations: 'hard' };

/** Deletes users and waits until that is done. */
async function remove(ids, modes) {
  const response = await client.deleteUsers({ user_ids: ids, ...modes });
  assert.equal(response.metadata.responseCode, 201);
  const task = await finished(response.task_id);
  assert.equal(task.status, 'completed');
  assert.deepEqual(task.result, Object.fromEntries(ids.map((id) => [id, { status: 'ok' }])));
}

describe('deletion', () => {
  for (const modes of [
    {},
    { user: 'soft', messages: 'soft', conversations: 'soft', calls: 'soft' },
    { user: 'pruning', messages: 'pruning' },
    { ...everything, calls: 'hard', files: true },
  ]) {
    it(`is for good with ${JSON.stringify(modes)}`, async () => {
      const ids = await newUsers();
      await remove(ids, modes);
      assert.deepEqual(await visible(ids), []);
      const text = `the user ${ids[0]} was deleted`;
      await refused(client.upsertUsers([{ id: ids[0] }]), 404, 16, 'UpdateUsers', text);
    });
  }

  it('hides a user before the task runs', async () => {
    const id = await newUser();
    await client.deleteUsers({ user_ids: [id] });
    assert.deepEqual(await visible([id]), []);
  });

  it('takes everything of a user who is deleted hard', async () => {
    const id = await newUser();
    for (const weaker of [{ messages: 'soft' }, { messages: 'pruning' }, { conversations: 'soft' }]) {
      const request = client.deleteUsers({ user_ids: [id], ...everything, ...weaker });
      await refused(request, 400, 4, 'DeleteUsers');
    }
    assert.deepEqual(await visible([id]), [id]);
  });

  for (const [field, words] of [
    ['user', 'soft pruning hard'],
    ['messages', 'soft pruning hard'],
    ['conversations', 'soft hard'],
    ['calls', 'soft hard'],
  ]) {
    it(`knows the modes of ${field}`, async () => {
      const any = `(${words.replaceAll(' ', '|')})`;
      const text = new RegExp(`^${field} must be one of \\[${words.replace(/\w+/g, any)}\\]$`);
      const request = client.deleteUsers({ user_ids: [await newUser()], [field]: 'gently' });
      await refused(request, 400, 4, 'DeleteUsers', text);
    });
  }

  it('gives channels to an heir', async () => {
    const [id, heir, friend] = await newUsers();
    await plant({ channels: [{ cid: `messaging:${unique('c')}`, created_by_id: id, members: [heir, friend] }] });
    await remove([id], { user: 'soft', new_channel_owner_id: heir, new_call_owner_id: heir });
    assert.deepEqual(await visible([heir, friend]), [heir, friend]);
  });

  for (const count of [0, 101]) {
    it(`refuses ${count} users`, async () => {
      const user_ids = uniques(count);
      await refused(client.deleteUsers({ user_ids }), 400, 4, 'DeleteUsers', /user_ids/);
      await refused(client.restoreUsers({ user_ids }), 400, 4, 'RestoreUsers', /user_ids/);
    });
  }

  it('can be taken back where it was soft', async () => {
    const id = await newUser({ name: 'Ada', custom: { a: 1 } });
    const before = await stored(id);
    await remove([id]);
    const response = await client.restoreUsers({ user_ids: [id] });
    assert.equal(response.metadata.responseCode, 201);
    const after = await stored(id);
    assert.deepEqual([after.name, after.custom, after.created_at], [before.name, before.custom, before.created_at]);
    assert.equal(after.deleted_at, undefined);
  });

  it('cannot be taken back otherwise', async () => {
    for (const modes of [{ user: 'pruning' }, everything]) {
      const id = await newUser();
      await remove([id], modes);
      await refused(client.restoreUsers({ user_ids: [id] }), 400, 4, 'RestoreUsers');
    }
  });

  it('cannot be taken back where there was none', async () => {
    const id = await newUser();
    await assert.rejects(client.restoreUsers({ user_ids: [id] }), {
      message: `Stream error code 4: RestoreUsers failed with error: "user "${id}" is not deleted, it can't be restored"`,
      code: 4,
    });
  });

  it('is taken back for all or for none', async () => {
    const ids = await newUsers();
    await remove([ids[0]]);
    await refused(client.restoreUsers({ user_ids: ids }), 400, 4, 'RestoreUsers');
    assert.deepEqual(await visible(ids), ids.slice(1));
  });
});
