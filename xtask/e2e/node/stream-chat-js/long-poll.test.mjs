// Long-poll, with which the package goes on where no websocket can be opened.

import assert from 'node:assert/strict';
import { describe, it } from 'node:test';

import { unique } from '../support.mjs';
import { client, newUser, newUsers, stored } from './client.mjs';
import { connected, listener } from './live.mjs';

/** A client of which every websocket fails. */
function blocked() {
  const made = listener({ enableWSFallback: true });
  // Nothing listens there. The package gives up on websockets after 6 s; here it need not be so patient.
  made.wsBaseURL = 'ws://127.0.0.1:9';
  made.defaultWSTimeoutWithFallback = 200;
  return made;
}

async function polling(id) {
  const made = blocked();
  made.first = await made.connectUser({ id }, client.createToken(id));
  assert.equal((await made.heard.next('transport.changed')).mode, 'longpoll');
  return made;
}

describe('long-poll', () => {
  it('connects', async () => {
    const id = await newUser({ name: 'Ada' });
    const ada = await polling(id);
    assert.equal(ada.first.type, 'health.check');
    assert.ok(ada.wsFallback.isHealthy());
    assert.equal(ada._getConnectionID(), ada.first.connection_id);
    assert.deepEqual([ada.user.id, ada.user.name, ada.user.online], [id, 'Ada', true]);
    assert.equal((await stored(id)).online, true);
  });

  it('connects guests and those who are nobody in particular', async () => {
    const guest = blocked();
    await guest.setGuestUser({ id: unique('guest') });
    assert.deepEqual([guest.user.role, guest.wsFallback.isHealthy()], ['guest', true]);
    const nobody = blocked();
    await nobody.connectAnonymousUser();
    assert.match(nobody.user.id, /^!anon/);
  });

  it('brings events in order', async () => {
    const id = await newUser();
    const ada = await polling(id);
    const type = unique('number');
    for (let number = 0; number < 10; number += 1) await client.sendUserCustomEvent(id, { type, number });
    for (let number = 0; number < 10; number += 1) assert.equal((await ada.heard.next(type)).number, number);
    await client.partialUpdateUser({ id, set: { colour: 'blue' } });
    assert.equal((await ada.heard.next('user.updated')).user.colour, 'blue');
  });

  it('brings presence, and has it', async () => {
    const [id, other] = await newUsers(2);
    const bob = await connected(other);
    await bob.queryUsers({ id }, [], { presence: true });
    const ada = await polling(id);
    assert.equal((await bob.heard.next('user.presence.changed')).user.online, true);
    await ada.queryUsers({ id: other }, [], { presence: true });
    await bob.disconnectUser();
    const gone = await ada.heard.next('user.presence.changed');
    assert.deepEqual([gone.user.id, gone.user.online], [other, false]);
  });

  it('ends when the user wants', async () => {
    const [id, other] = await newUsers(2);
    const bob = await connected(other);
    await bob.queryUsers({ id }, [], { presence: true });
    const ada = await polling(id);
    assert.equal((await bob.heard.next('user.presence.changed')).user.online, true);
    await ada.disconnectUser();
    assert.equal((await bob.heard.next('user.presence.changed')).user.online, false);
  });

  it('is refused for who was deactivated', async () => {
    const id = await newUser();
    await client.deactivateUser(id);
    const refusal = blocked().connectUser({ id }, client.createToken(id));
    await assert.rejects(refusal, { code: 16, status: 404 });
  });
});
