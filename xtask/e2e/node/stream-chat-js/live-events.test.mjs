// Events that reach connected users.

import assert from 'node:assert/strict';
import { describe, it } from 'node:test';

import { unique } from '../support.mjs';
import { client, newUser, newUsers, TIME } from './client.mjs';
import { connected, listener } from './live.mjs';

describe('a user hears', () => {
  it('what is changed of it', async () => {
    const id = await newUser({ name: 'Ada', colour: 'red', plan: 'pro' });
    const ada = await connected(id);
    await client.partialUpdateUser({ id, set: { colour: 'blue' }, unset: ['plan'] });
    const event = await ada.heard.next('user.updated');
    assert.match(event.created_at, TIME);
    assert.deepEqual([event.user.id, event.user.name, event.user.colour, event.user.plan], [id, 'Ada', 'blue', undefined]);
    // The package takes over what came, and drops what did not.
    assert.deepEqual([ada.user.name, ada.user.colour, ada.user.plan], ['Ada', 'blue', undefined]);
    assert.deepEqual([ada.user.mutes, ada.user.devices], [[], []]);
    assert.equal(ada.user.online, true);
  });

  it('what it changes itself', async () => {
    const id = await newUser();
    const ada = await connected(id);
    await ada.partialUpdateUser({ id, set: { name: 'Grace' } });
    assert.equal((await ada.heard.next('user.updated')).user.name, 'Grace');
    await ada.upsertUser({ id, name: 'Ada' });
    assert.equal((await ada.heard.next('user.updated')).user.name, 'Ada');
    assert.equal(ada.user.name, 'Ada');
  });

  it('that it is banned, and no longer', async () => {
    const [id, moderator] = await newUsers(2);
    const ada = await connected(id);
    await client.banUser(id, { banned_by_id: moderator, reason: 'spam', timeout: 60 });
    const banned = await ada.heard.next('user.banned');
    assert.deepEqual([banned.user.id, banned.reason, banned.created_by.id], [id, 'spam', moderator]);
    assert.match(banned.expiration, TIME);
    await client.unbanUser(id, { banned_by_id: moderator });
    assert.equal((await ada.heard.next('user.unbanned')).user.id, id);
  });

  it('that it was banned, when it connects', async () => {
    const [id, moderator] = await newUsers(2);
    await client.banUser(id, { banned_by_id: moderator });
    assert.equal((await connected(id)).user.banned, true);
  });

  it('custom events, in order and on every device', async () => {
    const id = await newUser();
    const [phone, laptop] = [await connected(id), await connected(id)];
    const type = unique('friendship');
    for (let number = 0; number < 20; number += 1) {
      await client.sendUserCustomEvent(id, { type, number, nested: { text: 'hello' } });
    }
    for (const device of [phone, laptop]) {
      for (let number = 0; number < 20; number += 1) {
        const event = await device.heard.next(type);
        assert.deepEqual([event.number, event.nested], [number, { text: 'hello' }]);
        assert.match(event.created_at, TIME);
      }
    }
  });

  it('as a guest, too', async () => {
    const guest = listener();
    await guest.setGuestUser({ id: unique('guest') });
    const type = unique('greeting');
    await client.sendUserCustomEvent(guest.user.id, { type, text: 'hello' });
    assert.equal((await guest.heard.next(type)).text, 'hello');
  });

  it('answers to its health checks', async () => {
    const id = await newUser();
    const ada = await connected(id);
    await ada.heard.next('health.check');
    // The package says this every 25 s.
    ada.wsConnection.ws.send(JSON.stringify([{ type: 'health.check', client_id: ada.clientID }]));
    const event = await ada.heard.next('health.check');
    assert.equal(event.connection_id, ada._getConnectionID());
    assert.equal(ada.user.id, id);
  });

  it('nothing of others whom it did not ask for', async () => {
    const [id, other] = await newUsers(2);
    const ada = await connected(id);
    await client.partialUpdateUser({ id: other, set: { colour: 'red' } });
    await client.sendUserCustomEvent(other, { type: 'secret' });
    await client.banUser(other, { banned_by_id: id });
    await connected(other);
    assert.deepEqual(await ada.heard.untilNow(id), []);
  });
});
