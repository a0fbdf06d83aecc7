// The official client and ours beside each other: each sees what the other causes.

import assert from 'node:assert/strict';
import { describe, it } from 'node:test';

import { unique } from '../support.mjs';
import { client, newUser, newUsers } from './client.mjs';
import { closing, connected, listener } from './live.mjs';
import { call, rustConnected } from './rust.mjs';

describe('the official client sees what the Rust client causes', () => {
  it('by calls', async () => {
    const id = await newUser({ colour: 'red' });
    const ada = await connected(id);
    await call('update_users_partial', { users: [{ id, set: { colour: 'blue', name: 'Ada' } }] });
    const event = await ada.heard.next('user.updated');
    assert.deepEqual([event.user.colour, event.user.name, ada.user.colour], ['blue', 'Ada', 'blue']);
    const end = closing(ada);
    await call('deactivate_user', { user_id: id });
    await end;
  });

  for (const protocol of ['v1', 'v2']) {
    it(`by connecting and going, over ${protocol}`, async () => {
      const [id, other] = await newUsers(2);
      const bob = await connected(other);
      await bob.queryUsers({ id }, [], { presence: true });
      const rust = await rustConnected(['--user', id, '--protocol', protocol]);
      const came = await bob.heard.next('user.presence.changed');
      assert.deepEqual([came.user.id, came.user.online], [id, true]);
      await rust.stop();
      const gone = await bob.heard.next('user.presence.changed');
      assert.deepEqual([gone.user.id, gone.user.online], [id, false]);
    });
  }

  it('of guests', async () => {
    const bob = await connected(await newUser());
    const rust = await rustConnected(['--guest', unique('visitor')]);
    const { users } = await bob.queryUsers({ id: rust.connected.id }, [], { presence: true });
    assert.deepEqual(users.map((user) => [user.role, user.online]), [['guest', true]]);
    await rust.stop();
    assert.equal((await bob.heard.next('user.presence.changed')).user.online, false);
  });
});

describe('the Rust client sees what the official client causes', () => {
  for (const protocol of ['v1', 'v2']) {
    it(`to itself, over ${protocol}`, async () => {
      const id = await newUser({ colour: 'red' });
      const rust = await rustConnected(['--user', id, '--protocol', protocol]);
      assert.equal(rust.connected.id, id);
      assert.ok(rust.connected.connection_id);
      await client.partialUpdateUser({ id, set: { colour: 'blue' } });
      const { user } = await rust.event('user.updated');
      assert.deepEqual([user.id, user.custom.colour], [id, 'blue']);
      const type = unique('friendship');
      await client.sendUserCustomEvent(id, { type, text: 'hello' });
      const custom = await rust.event(type);
      assert.equal(custom.text ?? custom.custom?.text, 'hello');
      await rust.stop();
    });

    it(`to those it watches, over ${protocol}`, async () => {
      const [id, other] = await newUsers(2);
      const rust = await rustConnected(['--user', other, '--protocol', protocol, '--presence', id]);
      await rust.line((line) => line.presence, 'the users whose presence was asked for');
      const ada = await connected({ id, colour: 'red' });
      const came = await rust.event('user.presence.changed');
      assert.deepEqual([came.user.id, came.user.online], [id, true]);
      await ada.partialUpdateUser({ id, set: { colour: 'blue' } });
      assert.equal((await rust.event('user.updated', ({ user }) => user.custom.colour === 'blue')).user.id, id);
      await ada.disconnectUser();
      assert.equal((await rust.event('user.presence.changed')).user.online, false);
      await rust.stop();
    });
  }

  it('when it is banned, no longer, and sent away', async () => {
    const [id, moderator] = await newUsers(2);
    const rust = await rustConnected(['--user', id]);
    await client.banUser(id, { banned_by_id: moderator, reason: 'spam' });
    const banned = await rust.event('user.banned');
    assert.deepEqual([banned.user.id, banned.reason, banned.created_by.id], [id, 'spam', moderator]);
    await client.unbanUser(id, { banned_by_id: moderator });
    await rust.event('user.unbanned');
    await client.deactivateUser(id);
    await rust.event('user.deactivated');
    const { reason } = await rust.line((line) => line.state === 'closed', 'the end');
    assert.match(reason, /was deactivated/);
  });

  it('as nobody in particular', async () => {
    const id = await newUser();
    const rust = await rustConnected(['--anonymous', '--presence', id]);
    assert.equal(rust.connected.role, 'anonymous');
    await rust.line((line) => line.presence, 'the users whose presence was asked for');
    const guest = listener();
    await guest.setGuestUser({ id: unique('guest') });
    await connected(id);
    assert.equal((await rust.event('user.presence.changed')).user.id, id);
    await rust.stop();
  });
});
