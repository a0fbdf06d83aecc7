// Who may call, what a user may do, and how often.

import assert from 'node:assert/strict';
import { describe, it } from 'node:test';

import { sdk, SHARED, unique, withEmulator } from '../support.mjs';
import { client, clientAs, clientOf, newUser, newUsers, refused, StreamChat, visible } from './client.mjs';

const now = () => Math.floor(Date.now() / 1000);

describe('tokens', () => {
  it('of a server say so', () => {
    const claims = sdk('jsonwebtoken').verify(client._getToken(), SHARED.apiSecret);
    assert.deepEqual(claims, { server: true });
  });

  it('need the right key and the right secret', async () => {
    const stranger = clientOf({ ...SHARED, apiKey: 'unknown' });
    await refused(stranger.queryUsers({}), 401, 2, 'QueryUsers', 'api_key not valid');
    const liar = clientOf({ ...SHARED, apiSecret: 'another' });
    await refused(liar.queryUsers({}), 401, 43, 'QueryUsers', 'Token signature is invalid');
  });

  it('of users hold for a while', async () => {
    const id = await newUser();
    const blocks = async (...times) => (await clientAs(id, client.createToken(id, ...times))).getBlockedUsers();
    assert.deepEqual((await blocks()).blocks, []);
    assert.deepEqual((await blocks(now() + 60, now() - 60)).blocks, []);
    await refused(blocks(now() - 1), 401, 40, 'GetBlockedUsers', /expired/);
    const text = 'JWTAuth error: token used before issue at (iat)';
    await refused(blocks(undefined, now() + 3600), 401, 42, 'GetBlockedUsers', text);
  });

  it('for development are refused', async () => {
    const id = await newUser();
    const user = await clientAs(id, client.devToken(id));
    await refused(user.getBlockedUsers(), 401, 43, 'GetBlockedUsers', 'Token signature is invalid');
  });

  it('are of one user', async () => {
    const [ada, bob] = await newUsers(2);
    // The SDK looks at the token itself.
    await assert.rejects(clientAs(ada, client.createToken(bob)), /not matching with user.id/);
  });

  it('are made where the secret is', () => {
    const user = new StreamChat(SHARED.apiKey, { baseURL: SHARED.baseUrl });
    assert.throws(() => user.createToken('ada'), /server-side/);
  });
});

describe('a user', () => {
  it('changes itself alone', async () => {
    const [ada, bob] = await newUsers(2);
    const user = await clientAs(ada);
    assert.equal((await user.upsertUser({ id: ada, name: 'Grace' })).users[ada].name, 'Grace');
    const set = { colour: 'blue' };
    assert.equal((await user.partialUpdateUser({ id: ada, set })).users[ada].colour, 'blue');
    const text = /User with role 'user' is not allowed to perform action UpdateUser/;
    await refused(user.upsertUser({ id: bob, name: 'Eve' }), 403, 17, 'UpdateUsers', text);
    const role = user.partialUpdateUser({ id: ada, set: { role: 'admin' } });
    await refused(role, 403, 17, 'UpdateUsersPartial');
  });

  it('may not do what only servers may', async () => {
    const id = await newUser();
    const user = await clientAs(id);
    await refused(user.deactivateUser(id), 403, 17, 'DeactivateUser');
    await refused(user.deleteUser(id), 403, 17, 'DeleteUser');
    await refused(user.deleteUsers([id]), 403, 17, 'DeleteUsers');
    await refused(user.restoreUsers([id]), 403, 17, 'RestoreUsers');
    await refused(user.getTask(unique('task')), 403, 17, 'GetTask');
    await refused(user.exportUser(id), 403, 17, 'ExportUser', /users can only be exported server side/);
    assert.deepEqual(await visible([id]), [id]);
  });

  it('who is not there cannot call', async () => {
    const [first, second] = await newUsers(2);
    const [asFirst, asSecond] = [await clientAs(first), await clientAs(second)];
    await client.deactivateUser(first);
    await client.deleteUser(second);
    const operation = 'GetBlockedUsers';
    await refused(asFirst.getBlockedUsers(), 404, 16, operation, `the user ${first} was deactivated`);
    await refused(asSecond.getBlockedUsers(), 404, 16, operation, `the user ${second} was deleted`);
  });
});

describe('rate limits', () => {
  it('can be asked for', async () => {
    const all = await client.getRateLimits();
    for (const platform of ['server_side', 'android', 'ios', 'web']) assert.ok(all[platform].QueryUsers, platform);
    const some = await client.getRateLimits({ serverSide: true, android: true });
    assert.ok(some.server_side && some.android && !some.ios && !some.web);
    const { server_side } = await client.getRateLimits({ serverSide: true, endpoints: ['GetTask', 'SendMessage'] });
    assert.deepEqual(Object.keys(server_side).sort(), ['GetTask', 'SendMessage']);
  });

  it('are enforced where they are documented', async () => {
    await withEmulator(['--rate-limits=documented'], async (emulator) => {
      const strict = clientOf(emulator);
      await strict.upsertUser({ id: 'ada' });
      const spend = async () => {
        // A minute may begin in between; then what was counted is forgotten once.
        for (let n = 0; n <= 2 * 60; n += 1) {
          await strict.deactivateUser('ada');
          await strict.reactivateUser('ada');
        }
      };
      await assert.rejects(spend(), (error) => {
        assert.deepEqual([error.status, error.code], [429, 9]);
        assert.match(error.message, /Too many requests/);
        const { headers } = error.response;
        assert.equal(headers['x-ratelimit-remaining'], '0');
        assert.match(headers['retry-after'], /^\d+$/);
        return true;
      });
    });
  });
});

describe('the rest', () => {
  it('what a client warms up with', async () => {
    await client.get(`${client.baseURL}/hi`);
  });

  it('what is not there', async () => {
    await refused(client.get(`${client.baseURL}/nothing`), 404, 16, 'Request', 'Not Found');
  });

  it('what a user missed', async () => {
    const user = await clientAs(await newUser());
    const { events } = await user.sync(['messaging:general'], new Date().toISOString());
    assert.deepEqual(events, []);
  });
});
