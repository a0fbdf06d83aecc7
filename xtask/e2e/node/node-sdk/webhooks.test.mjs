// Webhooks, verified and read with what the SDK has for it.

import assert from 'node:assert/strict';
import { describe, it } from 'node:test';

import { withEmulator, withReceiver } from '../support.mjs';
import { clientOf, InvalidWebhookError } from './client.mjs';

/** A test with a client and the receiver that its app tells. */
const hooked = (args, statuses, use) => () =>
  withReceiver(statuses, (server) =>
    withEmulator([`--webhook=${server.url}`, ...args], (emulator) => use(clientOf(emulator), server)),
  );

describe('webhooks', () => {
  it('are signed', hooked([], [], async (client, server) => {
    await client.upsertUsers([{ id: 'ada' }]);
    const { headers, body } = await server.next();
    const signature = headers['x-signature'];
    assert.match(signature, /^[0-9a-f]{64}$/);
    assert.match(headers['x-webhook-id'], /^[0-9a-f-]{36}$/);
    assert.deepEqual([headers['x-webhook-attempt'], headers['x-api-key']], ['1', client.apiKey]);
    assert.ok(client.verifyWebhook(body, signature));
    assert.ok(!client.verifyWebhook(`${body} `, signature));
    assert.throws(() => client.verifyAndParseWebhook(body, '0'.repeat(64)), InvalidWebhookError);
  }));

  for (const form of ['text', 'nanos']) {
    it(`tell what happened, in the form ${form}`, hooked([`--webhook-form=${form}`], [], async (client, server) => {
      const next = async (type) => {
        const { headers, body } = await server.next();
        const event = client.verifyAndParseWebhook(body, headers['x-signature']);
        assert.equal(event.type, type);
        assert.equal(typeof event.created_at, form === 'text' ? 'string' : 'number');
        return event;
      };
      const custom = (user) => (form === 'text' ? user : user.custom);
      await client.upsertUsers([{ id: 'ada', name: 'Ada', custom: { color: 'red' } }]);
      const made = await next('user.updated');
      assert.deepEqual([made.user.id, made.user.name, custom(made.user).color], ['ada', 'Ada', 'red']);
      assert.equal(made.request_info.type, 'server');
      assert.match(made.request_info.sdk, /^stream-node-/);
      await client.upsertUsers([{ id: 'bob' }]);
      await next('user.updated');
      await client.updateUsersPartial({ users: [{ id: 'ada', set: { color: 'blue' } }] });
      assert.equal(custom((await next('user.updated')).user).color, 'blue');
      await client.deactivateUser({ user_id: 'ada', created_by_id: 'bob' });
      assert.equal((await next('user.deactivated')).created_by.id, 'bob');
      await client.reactivateUser({ user_id: 'ada', created_by_id: 'bob' });
      assert.equal((await next('user.reactivated')).user.id, 'ada');
      const { task_id } = await client.exportUsers({ user_ids: ['ada'] });
      const exported = await next('export.users.success');
      assert.equal(exported.task_id, task_id);
      assert.match(exported.url, /\/exports\/users\//);
      await client.deleteUsers({ user_ids: ['ada'], user: 'soft', messages: 'soft' });
      const gone = await next('user.deleted');
      assert.ok(gone.user.deleted_at);
      assert.deepEqual([gone.hard_delete, gone.mark_messages_deleted], [false, true]);
    }));
  }

  it('may be compressed', hooked(['--webhook-gzip'], [], async (client, server) => {
    await client.upsertUsers([{ id: 'ada' }]);
    const { headers, body } = await server.next();
    assert.equal(headers['content-encoding'], 'gzip');
    assert.equal(client.verifyAndParseWebhook(body, headers['x-signature']).user.id, 'ada');
    assert.ok(!client.verifyWebhook(body, headers['x-signature']));
  }));

  it('are tried again', hooked([], [500], async (client, server) => {
    await client.upsertUsers([{ id: 'ada' }]);
    const [first, second] = [await server.next(), await server.next()];
    assert.deepEqual(second.body, first.body);
    assert.deepEqual([first, second].map(({ headers }) => headers['x-webhook-attempt']), ['1', '2']);
    assert.equal(first.headers['x-webhook-id'], second.headers['x-webhook-id']);
  }));

  it('are told to hooks of the app too', () =>
    withReceiver([], (server) =>
      withEmulator([], async (emulator) => {
        const client = clientOf(emulator);
        const event_types = ['user.deactivated'];
        const hook = { hook_type: 'webhook', enabled: true, webhook_url: server.url, event_types };
        await client.updateApp({ event_hooks: [hook] });
        await client.upsertUsers([{ id: 'ada' }]);
        await client.deactivateUser({ user_id: 'ada' });
        const { headers, body } = await server.next();
        assert.equal(client.verifyAndParseWebhook(body, headers['x-signature']).type, 'user.deactivated');
      }),
    ));
});
