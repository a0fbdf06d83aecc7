// Exports of users, and the tasks that make them.

import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { describe, it } from 'node:test';

import { advance, plantMessages, unique, uniques, withEmulator } from '../support.mjs';
import { client, clientOf, finished, newUser, newUsers, refused } from './client.mjs';

describe('exports', () => {
  it('give one user with messages and reactions', async () => {
    const [author, friend] = await newUsers(2);
    const planted = await plantMessages(author, friend);
    const response = await client.exportUser({ user_id: author });
    assert.equal(response.metadata.responseCode, 200);
    assert.equal(response.user.id, author);
    const texts = response.messages.map((message) => [message.id, message.text]);
    assert.deepEqual(Object.fromEntries(texts), planted.messages);
    assert.ok(response.messages.every((message) => message.created_at instanceof Date));
    assert.equal(response.reactions.length, 1);
    assert.equal(response.reactions[0].type, 'love');
    assert.equal(response.reactions[0].message_id, planted.other);
  });

  it('refuse an unknown user', async () => {
    await refused(client.exportUser({ user_id: unique() }), 404, 16, 'ExportUser');
  });

  it('give a file of several users', async () => {
    const ids = await newUsers();
    const { messages } = await plantMessages(ids[0], ids[1]);
    const response = await client.exportUsers({ user_ids: ids });
    assert.equal(response.metadata.responseCode, 201);
    const task = await finished(response.task_id);
    assert.equal(task.status, 'completed');
    assert.deepEqual(Object.keys(task.result), ['url']);
    assert.match(task.result.url, /\/exports\/users\//);
    const file = await fetch(task.result.url);
    assert.equal(file.status, 200);
    const text = await file.text();
    const lines = text.trimEnd().split('\n').map((line) => JSON.parse(line));
    assert.ok(lines.length >= ids.length);
    for (const word of [...ids, ...Object.values(messages)]) assert.ok(text.includes(`"${word}"`), word);
    // The address is signed: it is of no use without its query.
    assert.equal((await fetch(task.result.url.split('?')[0])).status, 403);
  });

  for (const count of [0, 26]) {
    it(`refuse ${count} users`, async () => {
      await refused(client.exportUsers({ user_ids: uniques(count) }), 400, 4, 'ExportUsers', /user_ids/);
    });
  }

  it('fail as a task', async () => {
    const unknown = unique();
    const { task_id } = await client.exportUsers({ user_ids: [await newUser(), unknown] });
    const task = await finished(task_id);
    assert.equal(task.status, 'failed');
    assert.equal(task.result, undefined);
    assert.ok(task.error.type);
    assert.ok(task.error.description.includes(unknown));
  });
});

describe('tasks', () => {
  it('go from pending over running to completed', async () => {
    await withEmulator(['--task-latency=60m'], async (emulator) => {
      const slow = clientOf(emulator);
      await slow.upsertUsers([{ id: 'ada' }]);
      const { task_id } = await slow.deleteUsers({ user_ids: ['ada'] });
      const first = await slow.getTask({ id: task_id });
      assert.deepEqual([first.task_id, first.status, first.result], [task_id, 'pending', undefined]);
      assert.ok(first.created_at instanceof Date && first.updated_at instanceof Date);
      await advance('40m', emulator);
      assert.equal((await slow.getTask({ id: task_id })).status, 'running');
      await advance('30m', emulator);
      const last = await slow.getTask({ id: task_id });
      assert.deepEqual([last.status, last.result], ['completed', { ada: { status: 'ok' } }]);
      assert.ok(last.updated_at > first.updated_at);
    });
  });

  it('are refused where they are unknown', async () => {
    const id = randomUUID();
    await refused(client.getTask({ id }), 404, 16, 'GetTask', `Can't find task with id "${id}"`);
  });
});
