// What the package does when its connection breaks.

import assert from 'node:assert/strict';
import { describe, it } from 'node:test';

import { connectionsOf, cut, eventually, fault, unique, withEmulator } from '../support.mjs';
import { client, newUser, newUsers } from './client.mjs';
import { closing, connected, expiredToken, listener, refusedToConnect } from './live.mjs';

/** Waits until a client has another connection than this one, and checks that there is no other beside it. */
async function backWith(made, before) {
  const first = await made.heard.next('health.check', (event) => event.connection_id !== before);
  await made.heard.next('connection.recovered');
  assert.equal(made._getConnectionID(), first.connection_id);
  const ids = (await connectionsOf(made.userID)).map((connection) => connection.id);
  assert.deepEqual(ids, [first.connection_id]);
}

describe('a broken connection', () => {
  for (const how of [{ cut: 'reset' }, { cut: 'hang_up' }, { cut: 'close', code: 4001, reason: 'try again' }]) {
    it(`is made again: ${JSON.stringify(how)}`, async () => {
      const id = await newUser();
      const ada = await connected(id);
      const before = ada._getConnectionID();
      assert.equal(await cut(id, how), 1);
      await backWith(ada, before);
      const type = unique('greeting');
      await client.sendUserCustomEvent(id, { type });
      await ada.heard.next(type);
    });
  }

  it('is not made again after 1000', async () => {
    const id = await newUser();
    const ada = await connected(id);
    const end = closing(ada);
    await cut(id, { cut: 'close', code: 1000, reason: 'go away' });
    assert.deepEqual(await end, { code: 1000, reason: 'go away' });
    assert.deepEqual(await connectionsOf(id), []);
    assert.equal(ada.wsConnection.isConnecting, false);
  });

  it('has forgotten whom it watched', async () => {
    const [id, other] = await newUsers(2);
    const bob = await connected(other);
    await bob.queryUsers({ id }, [], { presence: true });
    assert.deepEqual((await connectionsOf(other)).map((connection) => connection.subscriptions), [[id]]);
    const before = bob._getConnectionID();
    await cut(other, { cut: 'reset' });
    await backWith(bob, before);
    assert.deepEqual((await connectionsOf(other)).map((connection) => connection.subscriptions), [[]]);
    await bob.queryUsers({ id }, [], { presence: true });
    await connected(id);
    assert.equal((await bob.heard.next('user.presence.changed')).user.online, true);
  });

  it('asks for another token where the old one has expired meanwhile', async () => {
    const id = await newUser();
    const ada = listener();
    // The first is good, the second, which is not asked for before the third attempt, is not.
    const tokens = [client.createToken(id), expiredToken(id)];
    let asked = 0;
    await ada.connectUser({ id }, async () => {
      asked += 1;
      return tokens.shift() ?? client.createToken(id);
    });
    const before = ada._getConnectionID();
    await ada.tokenManager.loadToken();
    await cut(id, { cut: 'reset' });
    await backWith(ada, before);
    assert.equal(asked, 3);
  });
});

describe('an attempt to connect', () => {
  it('is made again where the connection is dropped', () =>
    withEmulator([], async (emulator) => {
      await fault({ operation: 'Connect', connection: 'drop_before' }, emulator);
      const ada = await connected('ada', { emulator });
      assert.equal(ada.user.id, 'ada');
    }),
  );

  it('fails for good where the service says so', () =>
    withEmulator([], async (emulator) => {
      const error = { status: 429, code: 9, message: 'Too many requests' };
      await fault({ operation: 'Connect', error }, emulator);
      await refusedToConnect(connected('ada', { emulator }), 429, 9, /Too many requests/);
      await connected('ada', { emulator });
      assert.equal((await connectionsOf('ada', emulator)).length, 1);
    }),
  );

  it('fails where there are too many', () =>
    withEmulator(['--quota=Connect=2', '--rate-limits=documented'], async (emulator) => {
      const attempts = async () => {
        // A minute may begin in between; then what was counted is forgotten once.
        for (let n = 0; n <= 2 * 2; n += 1) await connected(`user-${n}`, { emulator });
      };
      await refusedToConnect(attempts(), 429, 9, /Too many requests/);
    }),
  );

  it('works while others come and go', async () => {
    const ids = await newUsers(20);
    const all = await Promise.all(ids.map((id) => connected(id)));
    assert.deepEqual(all.map((one) => one.user.id), ids);
    await Promise.all(all.map((one) => one.disconnectUser()));
    for (const id of ids) await eventually(() => connectionsOf(id), (found) => found.length === 0);
  });
});
