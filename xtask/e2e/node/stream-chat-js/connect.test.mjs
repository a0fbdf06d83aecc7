// Connecting: as a user, as a guest and anonymously; what is refused; tokens; how a connection ends.

import assert from 'node:assert/strict';
import { describe, it } from 'node:test';

import { sdk, SHARED, unique, withEmulator } from '../support.mjs';
import { client, clientOf, newUser, newUsers, refused, stored, TIME } from './client.mjs';
import { closing, connected, expiredToken, listener, now, oldToken, refusedToConnect } from './live.mjs';

describe('connecting as a user', () => {
  it('answers with the connection and one\'s own user', async () => {
    const id = await newUser({ name: 'Ada', colour: 'red' });
    const ada = await connected(id);
    assert.equal(ada.first.type, 'health.check');
    assert.match(ada.first.created_at, TIME);
    assert.ok(ada.first.connection_id.length > 0 && ada.first.connection_id.length <= 36);
    assert.equal(ada._getConnectionID(), ada.first.connection_id);
    assert.equal(ada.first.me.id, id);
    const { user } = ada;
    assert.deepEqual([user.id, user.name, user.colour, user.role, user.online], [id, 'Ada', 'red', 'user', true]);
    assert.match(user.last_active, TIME);
    assert.deepEqual([user.mutes, user.channel_mutes, user.devices], [[], [], []]);
    assert.deepEqual([user.total_unread_count, user.unread_channels, user.unread_threads], [0, 0, 0]);
    assert.equal((await ada.heard.next('connection.changed')).online, true);
  });

  it('knows mutes, devices and blocks', async () => {
    const [ada, bob, eve] = await newUsers();
    const phone = unique('phone');
    await client.muteUser(bob, ada);
    await client.addDevice(phone, 'firebase', ada);
    await client.blockUser(eve, ada);
    const user = await connected(ada);
    assert.deepEqual(user.mutedUsers.map((mute) => mute.target.id), [bob]);
    assert.deepEqual(user.user.devices.map((device) => device.id), [phone]);
    assert.deepEqual(user.user.blocked_user_ids, [eve]);
    assert.deepEqual(user.blockedUsers.getLatestValue().userIds, [eve]);
    assert.equal(user.userMuteStatus(bob), true);
  });

  it('makes the user, and merges what it brings', async () => {
    const id = unique();
    const first = await connected({ id, name: 'Ada', colour: 'red' });
    assert.deepEqual([first.user.name, first.user.colour, first.user.role], ['Ada', 'red', 'user']);
    await first.disconnectUser();
    await client.partialUpdateUser({ id, set: { plan: 'pro' } });
    const before = await stored(id);
    const second = await connected({ id, colour: 'blue' });
    assert.deepEqual([second.user.name, second.user.colour, second.user.plan], ['Ada', 'blue', 'pro']);
    assert.ok(second.user.updated_at > before.updated_at);
    await second.disconnectUser();
    const third = await connected({ id, colour: 'blue' });
    assert.equal(third.user.updated_at, second.first.me.updated_at);
  });

  it('gives nobody another role', async () => {
    const ada = await connected({ id: unique(), role: 'admin' });
    assert.equal(ada.user.role, 'user');
  });

  it('takes a token from a provider', async () => {
    const id = await newUser();
    const ada = listener();
    let asked = 0;
    await ada.connectUser({ id }, async () => {
      asked += 1;
      return client.createToken(id);
    });
    assert.deepEqual([ada.user.id, asked], [id, 1]);
  });

  it('asks the provider again when the token has expired', async () => {
    const id = await newUser();
    const ada = listener();
    const tokens = [expiredToken(id), client.createToken(id)];
    await ada.connectUser({ id }, async () => tokens.shift());
    assert.deepEqual([ada.user.id, tokens.length], [id, 0]);
    assert.deepEqual((await ada.getBlockedUsers()).blocks, []);
  });

  it('lets calls carry the connection', async () => {
    const [ada, bob] = await newUsers(2);
    const user = await connected(ada);
    const { users } = await user.queryUsers({ id: bob }, [], { presence: true });
    assert.equal(users[0].id, bob);
  });
});

describe('connecting as nobody in particular', () => {
  it('as a guest', async () => {
    const guest = listener();
    const asked = unique('guest');
    await guest.setGuestUser({ id: asked, name: 'Visitor', colour: 'red' });
    assert.ok(guest.user.id.includes(asked));
    assert.deepEqual([guest.user.role, guest.user.name, guest.user.colour], ['guest', 'Visitor', 'red']);
    assert.equal(guest.user.online, true);
    assert.equal((await stored(guest.user.id)).online, true);
    assert.equal(guest.getAuthType(), 'jwt');
  });

  it('anonymously', async () => {
    const nobody = listener();
    const first = await nobody.connectAnonymousUser();
    assert.equal(first.type, 'health.check');
    assert.match(first.me.id, /^!anon/);
    assert.equal(first.me.role, 'anonymous');
    assert.equal(nobody.user.id, first.me.id);
    assert.equal(nobody.getAuthType(), 'anonymous');
    assert.equal(await stored(first.me.id), undefined);
    await nobody.disconnectUser();
  });

  it('where guests are forbidden', () =>
    withEmulator([], async (emulator) => {
      await clientOf(emulator).updateAppSettings({ guest_user_creation_disabled: true });
      const guest = listener({ emulator });
      await refused(guest.setGuestUser({ id: 'visitor' }), 403, 17, 'CreateGuest', /guest/);
    }),
  );

  it('counts guests and users, and nobody who is anonymous', () =>
    withEmulator([], async (emulator) => {
      const usage = async () => (await fetch(`${emulator.baseUrl}/_emulator/usage`)).json();
      await listener({ emulator }).connectAnonymousUser();
      assert.equal((await usage()).monthly_active_users, 0);
      await listener({ emulator }).setGuestUser({ id: 'visitor' });
      await connected('ada', { emulator });
      await connected('ada', { emulator });
      const { users, guests } = await usage();
      assert.deepEqual([users, guests], [1, 1]);
    }),
  );
});

describe('connecting is refused', () => {
  const connecting = (id, token, emulator = SHARED, details = {}) =>
    listener({ emulator }).connectUser({ id, ...details }, token);

  it('with the wrong key', async () => {
    const stranger = { ...SHARED, apiKey: 'unknown' };
    const id = unique();
    await refusedToConnect(connecting(id, client.createToken(id), stranger), 401, 2, 'api_key not valid');
  });

  it('with a token that is not good', async () => {
    const id = await newUser();
    const liar = clientOf({ ...SHARED, apiSecret: 'another' });
    await refusedToConnect(connecting(id, liar.createToken(id)), 401, 43);
    await refusedToConnect(connecting(id, expiredToken(id)), 401, 40, /expired/);
    await refusedToConnect(connecting(id, client.createToken(id, undefined, now() + 3600)), 401, 42, /iat/);
    await refusedToConnect(connecting(id, client.devToken(id)), 401, 43);
  });

  it('with a token that was revoked', async () => {
    const id = await newUser();
    await client.revokeUserToken(id, new Date(Date.now() - 30_000));
    await refusedToConnect(connecting(id, oldToken(id)), 401, 40, /revoked/);
    await connecting(id, client.createToken(id, undefined, now()));
  });

  it('for who was deactivated or deleted', async () => {
    const [ada, bob] = await newUsers(2);
    await client.deactivateUser(ada);
    await refusedToConnect(connecting(ada, client.createToken(ada)), 404, 16, `the user ${ada} was deactivated`);
    await client.reactivateUser(ada);
    await connecting(ada, client.createToken(ada));
    await client.deleteUser(bob);
    await refusedToConnect(connecting(bob, client.createToken(bob)), 404, 16, `the user ${bob} was deleted`);
  });

  it('with fields that only the service sets', async () => {
    const id = unique();
    const details = { created_at: new Date().toISOString() };
    await refusedToConnect(connecting(id, client.createToken(id), SHARED, details), 400, 4, /created_at/);
    assert.equal(await stored(id), undefined);
  });

  it('with other teams', async () => {
    const id = await newUser({ teams: ['blue'] });
    const text = 'user teams cannot be changed at connection time';
    const teams = { teams: ['red'] };
    await assert.rejects(connecting(id, client.createToken(id), SHARED, teams), new RegExp(text));
  });

  it('and a second attempt may go well', async () => {
    const id = await newUser();
    const ada = listener();
    await refusedToConnect(ada.connectUser({ id }, expiredToken(id)), 401, 40);
    // The package forgets the first attempt by and by.
    await ada.disconnectUser();
    await ada.connectUser({ id }, client.createToken(id));
    assert.equal(ada.user.id, id);
  });
});

describe('a connection ends', () => {
  it('as the user wants, with 1000', async () => {
    const id = await newUser();
    const ends = [];
    const ada = await connected(id, {
      logger: (_, text, { event } = {}) => text.includes('isClosedPromise') && ends.push([text, event?.code]),
    });
    await ada.disconnectUser();
    assert.equal(ends.length, 1);
    assert.match(ends[0][0], /with close frame/);
    assert.equal(ends[0][1], 1000);
    assert.equal(ada.userID, undefined);
  });

  it('when the user is deactivated', async () => {
    const id = await newUser();
    const ada = await connected(id);
    const end = closing(ada);
    await client.deactivateUser(id);
    assert.equal((await ada.heard.next('user.deactivated')).user.id, id);
    const { error } = await ada.heard.next('connection.error');
    assert.deepEqual([error.StatusCode, error.code, error.message], [404, 16, `the user ${id} was deactivated`]);
    // With this code the package does not try again.
    assert.equal((await end).code, 1000);
    assert.equal(ada.wsConnection.isConnecting, false);
    await refusedToConnect(connected(id), 404, 16, `the user ${id} was deactivated`);
  });

  it('when the user is deleted', async () => {
    const id = await newUser();
    const ada = await connected(id);
    const end = closing(ada);
    await client.deleteUser(id);
    assert.equal((await ada.heard.next('user.deleted')).user.id, id);
    assert.equal((await end).code, 1000);
    await refusedToConnect(connected(id), 404, 16, `the user ${id} was deleted`);
  });

  it('when its token is revoked; a provider has another', async () => {
    const id = await newUser();
    const ada = listener();
    const tokens = [oldToken(id)];
    let asked = 0;
    await ada.connectUser({ id }, async () => {
      asked += 1;
      return tokens.shift() ?? client.createToken(id, undefined, now());
    });
    const first = ada._getConnectionID();
    await ada.heard.next('connection.changed', (event) => event.online);
    const end = closing(ada);
    await client.revokeUserToken(id, new Date(Date.now() - 30_000));
    await end;
    await ada.heard.next('health.check', (event) => event.connection_id !== first);
    assert.equal(asked, 2);
    await ada.heard.next('connection.recovered');
  });
});

describe('tokens of connections', () => {
  it('are of one user', async () => {
    const [ada, bob] = await newUsers(2);
    // The package looks at tokens itself; a provider's it does not.
    const text = /user/;
    const refusal = listener().connectUser({ id: ada }, async () => client.createToken(bob));
    await assert.rejects(refusal, text);
    const claims = sdk('jsonwebtoken').verify(client.createToken(ada), SHARED.apiSecret);
    assert.equal(claims.user_id, ada);
  });
});
