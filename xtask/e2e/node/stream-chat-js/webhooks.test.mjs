// Webhooks, verified and read with what the SDK has for it.

import assert from 'node:assert/strict';
import { describe, it } from 'node:test';

import { sdk, withEmulator, withReceiver } from '../support.mjs';
import { clientAs, clientOf, TIME } from './client.mjs';

const { InvalidWebhookError, verifySignature } = sdk('stream-chat');

/** A test with a client and the receiver that its app tells. */
const hooked = (args, statuses, use) => () =>
  withReceiver(statuses, (server) =>
    withEmulator([`--webhook=${server.url}`, ...args], (emulator) => use(clientOf(emulator), server, emulator)),
  );

describe('webhooks', () => {
  it('are signed', hooked([], [], async (client, server) => {
    await client.upsertUser({ id: 'ada' });
    const { headers, body } = await server.next();
    const signature = headers['x-signature'];
    assert.ok(client.verifyWebhook(body, signature));
    assert.ok(verifySignature(body, signature, client.secret));
    assert.ok(!client.verifyWebhook(`${body} `, signature));
    assert.throws(() => client.verifyAndParseWebhook(body, '0'.repeat(64)), InvalidWebhookError);
  }));

  it('tell what happened', hooked([], [], async (client, server, emulator) => {
    const next = async (type) => {
      const { headers, body } = await server.next();
      const event = client.verifyAndParseWebhook(body, headers['x-signature']);
      assert.equal(event.type, type);
      assert.match(event.created_at, TIME);
      return event;
    };
    await client.upsertUser({ id: 'ada', name: 'Ada', colour: 'red' });
    const made = await next('user.updated');
    assert.deepEqual([made.user.id, made.user.name, made.user.colour], ['ada', 'Ada', 'red']);
    assert.match(made.user.created_at, TIME);
    assert.deepEqual(made.members, []);
    assert.match(made.request_info.sdk, /^stream-chat-js-/);
    await client.upsertUser({ id: 'bob' });
    await next('user.updated');

    const ada = await clientAs('ada', client.createToken('ada'), emulator);
    await ada.partialUpdateUser({ id: 'ada', set: { colour: 'blue' } });
    const changed = await next('user.updated');
    assert.deepEqual([changed.user.colour, changed.request_info.type], ['blue', 'client']);

    await client.deactivateUser('ada', { created_by_id: 'bob' });
    assert.equal((await next('user.deactivated')).created_by.id, 'bob');
    await client.reactivateUser('ada', { created_by_id: 'bob' });
    assert.equal((await next('user.reactivated')).user.id, 'ada');
    const { task_id } = await client.exportUsers({ user_ids: ['ada'] });
    assert.equal((await next('export.users.success')).task_id, task_id);
    await client.deleteUser('ada', { mark_messages_deleted: true });
    const gone = await next('user.deleted');
    assert.match(gone.user.deleted_at, TIME);
    assert.deepEqual([gone.hard_delete, gone.mark_messages_deleted], [false, true]);
  }));

  it('may be compressed', hooked(['--webhook-gzip'], [], async (client, server) => {
    await client.upsertUser({ id: 'ada' });
    const { headers, body } = await server.next();
    assert.equal(headers['content-encoding'], 'gzip');
    assert.equal(client.verifyAndParseWebhook(body, headers['x-signature']).user.id, 'ada');
    assert.ok(!client.verifyWebhook(body, headers['x-signature']));
  }));

  it('are tried again', hooked([], [500], async (client, server) => {
    await client.upsertUser({ id: 'ada' });
    const [first, second] = [await server.next(), await server.next()];
    assert.deepEqual(second.body, first.body);
    assert.deepEqual([first, second].map(({ headers }) => headers['x-webhook-attempt']), ['1', '2']);
  }));

  it('are told to hooks of the app too', () =>
    withReceiver([], (server) =>
      withEmulator([], async (emulator) => {
        const client = clientOf(emulator);
        const event_types = ['user.deactivated'];
        const hook = { hook_type: 'webhook', enabled: true, webhook_url: server.url, event_types };
        await client.updateAppSettings({ event_hooks: [hook] });
        await client.upsertUser({ id: 'ada' });
        await client.deactivateUser('ada');
        const { headers, body } = await server.next();
        assert.equal(client.verifyAndParseWebhook(body, headers['x-signature']).type, 'user.deactivated');
      }),
    ));
});
