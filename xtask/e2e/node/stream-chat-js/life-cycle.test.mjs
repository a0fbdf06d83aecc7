// Deactivating, reactivating, deleting, restoring and exporting users.

import assert from 'node:assert/strict';
import { describe, it } from 'node:test';

import { plantMessages, unique, uniques } from '../support.mjs';
import { client, finished, newUser, newUsers, refused, stored, TIME, visible } from './client.mjs';

const everything = { user: 'hard', messages: 'hard', conversations: 'hard' };

describe('activation', () => {
  it('of one user', async () => {
    const id = await newUser({ name: 'Ada' });
    const off = await client.deactivateUser(id);
    assert.equal(off.user.id, id);
    assert.match(off.user.deactivated_at, TIME);
    assert.deepEqual(await visible([id]), []);
    const on = await client.reactivateUser(id, { name: 'Grace' });
    assert.ok(!('deactivated_at' in on.user));
    assert.equal(on.user.name, 'Grace');
    assert.deepEqual(await visible([id]), [id]);
  });

  it('marks messages deleted and restores them', async () => {
    const [author, friend] = await newUsers(2);
    await plantMessages(author, friend);
    await client.deactivateUser(author, { mark_messages_deleted: true, created_by_id: friend });
    const gone = (await client.exportUser(author)).messages;
    assert.ok(gone.every((message) => message.type === 'deleted' && message.deleted_at && message.text));
    await client.reactivateUser(author, { restore_messages: true, created_by_id: friend });
    const back = (await client.exportUser(author)).messages;
    assert.ok(back.every((message) => message.type !== 'deleted' && !message.deleted_at));
  });

  it('of who is so already is refused', async () => {
    const id = await newUser();
    await refused(client.reactivateUser(id), 400, 4, 'ReactivateUser', /is not deactivated/);
    await client.deactivateUser(id);
    await refused(client.deactivateUser(id), 400, 4, 'DeactivateUser', /already deactivated/);
  });

  it('in bulk', async () => {
    const ids = await newUsers();
    const off = await finished(await client.deactivateUsers(ids, { mark_messages_deleted: true }));
    assert.equal(off.status, 'completed');
    assert.ok(!('error' in off));
    assert.deepEqual(off.result.users.map((user) => user.id).sort(), ids);
    assert.ok(off.result.users.every((user) => TIME.test(user.deactivated_at)));
    assert.deepEqual(await visible(ids), []);
    const on = await finished(await client.reactivateUsers(ids, { restore_messages: true }));
    assert.ok(!on.result.users.some((user) => 'deactivated_at' in user));
    assert.deepEqual(await visible(ids), ids);
  });

  it('escapes ids', async () => {
    const id = `a@b-${unique()}`;
    await client.upsertUser({ id });
    assert.equal((await client.deactivateUser(id)).user.id, id);
  });
});

describe('deletion', () => {
  for (const options of [undefined, { mark_messages_deleted: false }, { mark_messages_deleted: true }]) {
    it(`of one user at once with ${JSON.stringify(options)}`, async () => {
      const [id, friend] = await newUsers(2);
      await plantMessages(id, friend);
      const { user } = await client.deleteUser(id, options);
      assert.equal(user.id, id);
      assert.match(user.deleted_at, TIME);
      assert.deepEqual(await visible([id]), []);
      await refused(client.upsertUser({ id }), 404, 16, 'UpdateUsers', `the user ${id} was deleted`);
    });
  }

  it('of one user at once and hard', async () => {
    const id = await newUser();
    const options = { mark_messages_deleted: true, hard_delete: true, delete_conversation_channels: true };
    assert.equal((await client.deleteUser(id, options)).user.id, id);
    await refused(client.upsertUser({ id }), 404, 16, 'UpdateUsers', `the user ${id} was deleted`);
    await refused(client.restoreUsers([id]), 400, 4, 'RestoreUsers');
  });

  it('of an unknown user', async () => {
    await refused(client.deleteUser(unique()), 404, 16, 'DeleteUser');
  });

  for (const modes of [{}, { user: 'pruning' }, everything]) {
    it(`in bulk with ${JSON.stringify(modes)}`, async () => {
      const ids = await newUsers();
      const task = await finished(await client.deleteUsers(ids, modes));
      assert.equal(task.status, 'completed');
      assert.deepEqual(task.result, Object.fromEntries(ids.map((id) => [id, { status: 'ok' }])));
      assert.match(task.created_at, TIME);
      assert.deepEqual(await visible(ids), []);
    });
  }

  it('that makes no sense', async () => {
    const id = await newUser();
    await assert.rejects(client.deleteUsers([id], { user: 'gently' }), {
      message: 'Invalid delete user options. user must be one of [soft hard pruning]',
    });
    await refused(client.deleteUsers([id], { ...everything, messages: 'soft' }), 400, 4, 'DeleteUsers');
    await refused(client.deleteUsers(uniques(101), {}), 400, 4, 'DeleteUsers', /user_ids/);
  });

  it('taken back', async () => {
    const id = await newUser({ name: 'Ada' });
    const text = `user "${id}" is not deleted, it can't be restored`;
    await refused(client.restoreUsers([id]), 400, 4, 'RestoreUsers', text);
    await client.deleteUser(id);
    await client.restoreUsers([id]);
    assert.equal((await stored(id)).name, 'Ada');
    await client.upsertUser({ id, name: 'Grace' });
  });
});

describe('exports', () => {
  it('of one user', async () => {
    const [author, friend] = await newUsers(2);
    const { messages, other } = await plantMessages(author, friend);
    const exported = await client.exportUser(author);
    assert.equal(exported.user.id, author);
    assert.match(exported.user.created_at, TIME);
    const texts = exported.messages.map((message) => [message.id, message.text]);
    assert.deepEqual(Object.fromEntries(texts), messages);
    assert.deepEqual(exported.reactions.map((reaction) => reaction.message_id), [other]);
    await refused(client.exportUser(unique()), 404, 16, 'ExportUser');
  });

  it('of several users', async () => {
    const ids = await newUsers();
    const task = await finished(await client.exportUsers({ user_ids: ids }));
    assert.match(task.result.url, /\/exports\/users\//);
    const text = await (await fetch(task.result.url)).text();
    text.trimEnd().split('\n').forEach((line) => JSON.parse(line));
    for (const id of ids) assert.ok(text.includes(`"${id}"`));
    await refused(client.exportUsers({ user_ids: uniques(26) }), 400, 4, 'ExportUsers', /user_ids/);
  });

  it('that fail', async () => {
    const unknown = unique();
    const task = await finished(await client.exportUsers({ user_ids: [unknown] }));
    assert.equal(task.status, 'failed');
    assert.ok(task.error.description.includes(unknown));
  });
});

describe('tasks', () => {
  it('that are unknown', async () => {
    await refused(client.getTask('unknown'), 404, 16, 'GetTask', 'Can\'t find task with id "unknown"');
  });
});
