// Who may call: keys, tokens of servers and of users, and what a user may do.

import assert from 'node:assert/strict';
import { describe, it } from 'node:test';

import { sdk, SHARED, unique } from '../support.mjs';
import { client, clientOf, clientWith, newUser, newUsers, refused, visible } from './client.mjs';

const { sign, verify } = sdk('jsonwebtoken');
const signed = (claims, options = {}) => sign(claims, SHARED.apiSecret, { noTimestamp: true, ...options });
const hour = 3600;
const now = () => Math.floor(Date.now() / 1000);

describe('keys and tokens', () => {
  it('of a server say so', () => {
    const claims = verify(client.apiClient.apiConfig.token, SHARED.apiSecret);
    assert.deepEqual(claims, { server: true });
  });

  it('of an unknown app are refused', async () => {
    const stranger = clientOf({ ...SHARED, apiKey: 'unknown' });
    await refused(stranger.getRateLimits(), 401, 2, 'GetRateLimits', 'api_key not valid');
  });

  it('are signed with the secret', async () => {
    const stranger = clientOf({ ...SHARED, apiSecret: 'another' });
    await refused(stranger.getRateLimits(), 401, 43, 'GetRateLimits', 'Token signature is invalid');
  });

  it('of a user are made in four ways', async () => {
    const user_id = await newUser();
    const tokens = [
      client.generateUserToken({ user_id, validity_in_seconds: 60, my_own: 'claim' }),
      client.generatePermanentUserToken({ user_id }),
      client.generateCallToken({ user_id, call_cids: ['default:1'], role: 'host' }),
      client.createToken(user_id),
      client.createCallToken({ user_id, role: 'host' }, ['default:1']),
    ];
    for (const token of tokens) {
      assert.equal(verify(token, SHARED.apiSecret).user_id, user_id);
      assert.deepEqual((await clientWith(token).getBlockedUsers()).blocks, []);
    }
  });

  it('expire', async () => {
    const user_id = await newUser();
    const expired = clientWith(client.generateUserToken({ user_id, exp: now() - 1 }));
    await refused(expired.getBlockedUsers(), 401, 40, 'GetBlockedUsers', /expired/);
  });

  it('begin', async () => {
    const user_id = await newUser();
    const early = clientWith(signed({ user_id, nbf: now() + hour }));
    await refused(early.getBlockedUsers(), 401, 41, 'GetBlockedUsers');
    const future = clientWith(client.generateUserToken({ user_id, iat: now() + hour }));
    const text = 'JWTAuth error: token used before issue at (iat)';
    await refused(future.getBlockedUsers(), 401, 42, 'GetBlockedUsers', text);
  });

  it('are signed with one algorithm', async () => {
    const user_id = await newUser();
    for (const algorithm of ['HS384', 'HS512', 'none']) {
      const token = algorithm === 'none' ? sign({ user_id }, '', { algorithm }) : signed({ user_id }, { algorithm });
      await refused(clientWith(token).getBlockedUsers(), 401, 43, 'GetBlockedUsers', 'Token signature is invalid');
    }
    await refused(clientWith('no token').getBlockedUsers(), 401, 43, 'GetBlockedUsers');
  });

  it('are revoked', async () => {
    const user_id = await newUser();
    const revoke = (revoke_tokens_issued_before) =>
      client.updateUsersPartial({ users: [{ id: user_id, set: { revoke_tokens_issued_before } }] });
    const old = clientWith(client.generateUserToken({ user_id }));
    const undated = clientWith(signed({ user_id }));
    assert.deepEqual((await undated.getBlockedUsers()).blocks, []);
    await revoke(new Date(Date.now() - hour * 1000));
    assert.deepEqual((await old.getBlockedUsers()).blocks, []);
    await refused(undated.getBlockedUsers(), 401, 40, 'GetBlockedUsers');
    await revoke(new Date());
    await refused(old.getBlockedUsers(), 401, 40, 'GetBlockedUsers');
    assert.deepEqual((await client.getBlockedUsers({ user_id })).blocks, []);
    await revoke(null);
    assert.deepEqual((await old.getBlockedUsers()).blocks, []);
  });

  it('are of no use to who is not there', async () => {
    const [first, second] = await newUsers(2);
    await client.deactivateUser({ user_id: first });
    await client.deleteUsers({ user_ids: [second] });
    for (const [user_id, state] of [
      [first, 'deactivated'],
      [second, 'deleted'],
    ]) {
      const gone = clientWith(client.generateUserToken({ user_id }));
      await refused(gone.getBlockedUsers(), 404, 16, 'GetBlockedUsers', `the user ${user_id} was ${state}`);
    }
  });
});

describe('a user', () => {
  const as = (user_id) => clientWith(client.generateUserToken({ user_id }));

  it('changes itself', async () => {
    const id = await newUser();
    const changed = await as(id).updateUsersPartial({ users: [{ id, set: { color: 'blue' } }] });
    assert.deepEqual(changed.users[id].custom, { color: 'blue' });
    assert.equal((await as(id).upsertUsers([{ id, name: 'Grace' }])).users[id].name, 'Grace');
  });

  it('changes neither its role nor others', async () => {
    const [id, other] = await newUsers(2);
    const role = as(id).updateUsersPartial({ users: [{ id, set: { role: 'admin' } }] });
    await refused(role, 403, 17, 'UpdateUsersPartial');
    const text = /User with role 'user' is not allowed to perform action UpdateUser/;
    await refused(as(id).upsertUsers([{ id: other, name: 'Eve' }]), 403, 17, 'UpdateUsers', text);
  });

  it('blocks and finds others', async () => {
    const [ada, bob] = await newUsers(2);
    assert.equal((await as(ada).blockUsers({ blocked_user_id: bob })).blocked_by_user_id, ada);
    const { users } = await as(ada).queryUsers({ payload: { filter_conditions: { id: bob } } });
    assert.equal(users[0].id, bob);
    assert.deepEqual((await as(ada).getUserLiveLocations()).active_live_locations, []);
  });

  it('is nobody else', async () => {
    const [ada, bob] = await newUsers(2);
    await assert.rejects(as(ada).getBlockedUsers({ user_id: bob }), (error) => {
      assert.ok([401, 403].includes(error.metadata.responseCode));
      return true;
    });
  });

  it('may not do what only servers may', async () => {
    const user_id = await newUser();
    const user = as(user_id);
    const user_ids = [user_id];
    await refused(user.deactivateUser({ user_id }), 403, 17, 'DeactivateUser');
    await refused(user.reactivateUser({ user_id }), 403, 17, 'ReactivateUser');
    await refused(user.deactivateUsers({ user_ids }), 403, 17, 'DeactivateUsers');
    await refused(user.reactivateUsers({ user_ids }), 403, 17, 'ReactivateUsers');
    await refused(user.deleteUsers({ user_ids }), 403, 17, 'DeleteUsers');
    await refused(user.restoreUsers({ user_ids }), 403, 17, 'RestoreUsers');
    await refused(user.getTask({ id: unique('task') }), 403, 17, 'GetTask');
    const text = /users can only be exported server side/;
    await refused(user.exportUser({ user_id }), 403, 17, 'ExportUser', text);
    await refused(user.exportUsers({ user_ids }), 403, 17, 'ExportUsers', text);
    assert.deepEqual(await visible(user_ids), user_ids);
  });
});
