// The newer protocol.

import assert from 'node:assert/strict';
import { describe, it } from 'node:test';

import { SHARED, unique } from '../support.mjs';
import { client, newUser, newUsers, stored } from './client.mjs';
import { dial, hello, joined } from './coordinator.mjs';
import { expiredToken, oldToken } from './live.mjs';

const WHOLE = (time) => Number.isInteger(time) && time > 1e18;

describe('the newer protocol', () => {
  it('connects with the first message', async () => {
    const id = await newUser({ name: 'Ada', colour: 'red' });
    const { type, created_at, connection_id, me } = await joined(id);
    assert.equal(type, 'connection.ok');
    assert.ok(WHOLE(created_at), created_at);
    assert.ok(connection_id.length > 0 && connection_id.length <= 36);
    assert.deepEqual([me.id, me.name, me.custom, me.role, me.online], [id, 'Ada', { colour: 'red' }, 'user', true]);
    assert.ok(WHOLE(me.last_active) && WHOLE(me.created_at));
    assert.deepEqual([me.mutes, me.channel_mutes, me.devices, me.teams], [[], [], [], []]);
    assert.deepEqual([me.total_unread_count, me.unread_channels, me.unread_threads], [0, 0, 0]);
  });

  it('makes the user and merges what it brings', async () => {
    const id = unique();
    const first = await joined(id, { name: 'Ada', custom: { colour: 'red' } });
    assert.deepEqual([first.me.name, first.me.custom], ['Ada', { colour: 'red' }]);
    const second = await joined(id, { custom: { plan: 'pro' }, language: 'en' });
    assert.deepEqual([second.me.name, second.me.custom], ['Ada', { colour: 'red', plan: 'pro' }]);
    assert.equal(second.me.language, 'en');
  });

  it('answers to health checks, as an object and in a list', async () => {
    const ada = await joined(await newUser());
    for (const say of [(one) => one, (one) => [one]]) {
      ada.send(say({ type: 'health.check', client_id: ada.connection_id }));
      const answer = await ada.next('health.check');
      assert.equal(answer.connection_id, ada.connection_id);
      assert.ok(WHOLE(answer.created_at));
    }
  });

  it('tells of presence in its own form', async () => {
    const [id, other] = await newUsers(2);
    const bob = await joined(other);
    const parameters = new URLSearchParams({
      api_key: SHARED.apiKey,
      connection_id: bob.connection_id,
      payload: JSON.stringify({ filter_conditions: { id }, presence: true }),
    });
    const headers = { Authorization: client.createToken(other), 'stream-auth-type': 'jwt' };
    const answer = await fetch(`${SHARED.baseUrl}/api/v2/users?${parameters}`, { headers });
    assert.equal(answer.status, 200, await answer.text());
    const ada = await joined(id, { custom: { colour: 'red' } });
    const came = await bob.next('user.presence.changed');
    assert.deepEqual([came.user.id, came.user.online, came.user.custom], [id, true, { colour: 'red' }]);
    assert.ok(WHOLE(came.created_at) && WHOLE(came.user.last_active));
    ada.socket.close(1000);
    const gone = await bob.next('user.presence.changed');
    assert.equal(gone.user.online, false);
    assert.equal((await stored(id)).online, false);
  });

  it('brings custom events with what was sent', async () => {
    const id = await newUser();
    const ada = await joined(id);
    const type = unique('friendship');
    await client.sendUserCustomEvent(id, { type, text: 'hello' });
    const event = await ada.next(type);
    assert.ok(WHOLE(event.created_at));
    assert.equal(event.custom?.text ?? event.text, 'hello');
  });

  it('mixes with the older one', async () => {
    const id = await newUser();
    const ada = await joined(id);
    await client.partialUpdateUser({ id, set: { colour: 'blue' } });
    const event = await ada.next('user.updated');
    assert.deepEqual(event.user.custom, { colour: 'blue' });
    assert.ok(WHOLE(event.user.updated_at));
  });
});

describe('the newer protocol refuses in a frame', () => {
  const refusal = async (first, status, code, text, options) => {
    const socket = await dial(options);
    socket.send(first);
    const { error, connection_id, created_at } = await socket.next('connection.error');
    assert.deepEqual([error.StatusCode, error.code, connection_id], [status, code, ''], error.message);
    assert.ok(WHOLE(created_at));
    if (text) assert.match(error.message, text);
    assert.doesNotMatch(error.message, /failed with error/);
    await socket.end();
  };

  it('keys and tokens that are not good', async () => {
    const id = await newUser();
    await refusal(hello(id), 401, 2, /api_key not valid/, { query: { api_key: 'unknown' } });
    await refusal(hello(id, {}, 'nonsense'), 401, 43);
    await refusal(hello(id, {}, expiredToken(id)), 401, 40, /expired/);
    await client.revokeUserToken(id, new Date());
    await refusal(hello(id, {}, oldToken(id)), 401, 40);
  });

  it('who is not there any more', async () => {
    const [ada, bob] = await newUsers(2);
    await client.deactivateUser(ada);
    await client.deleteUser(bob);
    await refusal(hello(ada), 404, 16, /was deactivated/);
    await refusal(hello(bob), 404, 16, /was deleted/);
  });

  it('what is no first message', async () => {
    await refusal('nonsense', 400, 4, /json/i);
    await refusal({ token: client.createToken('ada') }, 400, 4, /user_details/);
  });
});
