// Settings of the app that concern users, roles and devices. What changes them has an emulator of its own.

import assert from 'node:assert/strict';
import { describe, it } from 'node:test';

import { sdk, unique, withEmulator } from '../support.mjs';
import { client, clientOf, clientWith, newUser, refused } from './client.mjs';

/** A test with an app that nobody else uses. */
const own = (use) => () => withEmulator([], (emulator) => use(clientOf(emulator), emulator));

/** A client of a user of such an app. */
const as = (app, user_id, emulator) => clientWith(app.generateUserToken({ user_id }), emulator);

describe('app settings', () => {
  it('are answered', async () => {
    const { app, metadata } = await client.getApp();
    assert.equal(metadata.responseCode, 200);
    assert.equal(metadata.responseHeaders.get('content-encoding'), 'gzip');
    assert.equal(app.enforce_unique_usernames, 'no');
    assert.equal(app.multi_tenant_enabled, false);
    assert.deepEqual(app.user_search_disallowed_roles, []);
  });

  it('are changed one by one', own(async (app) => {
    await app.updateApp({});
    const before = (await app.getApp()).app;
    await app.updateApp({ multi_tenant_enabled: true, reminders_interval: 120 });
    const after = (await app.getApp()).app;
    assert.deepEqual(after, { ...before, multi_tenant_enabled: true, reminders_interval: 120 });
    await app.updateApp({ grants: { rockstar: ['create-call'] } });
    assert.ok((await app.getApp()).app.grants.rockstar.includes('create-call'));
  }));

  it('replace hooks as a whole', own(async (app) => {
    const event_hooks = [{ hook_type: 'webhook', webhook_url: 'https://example.com', event_types: ['user.updated'] }];
    await app.updateApp({ event_hooks });
    const [hook] = (await app.getApp()).app.event_hooks;
    for (const [name, value] of Object.entries(event_hooks[0])) assert.deepEqual(hook[name], value);
    await app.updateApp({ event_hooks: [] });
    assert.deepEqual((await app.getApp()).app.event_hooks, []);
  }));

  it('have their values', own(async (app) => {
    const text = 'enforce_unique_usernames must be one of [no app team]';
    await refused(app.updateApp({ enforce_unique_usernames: 'foobar' }), 400, 4, 'UpdateApp', text);
  }));

  it('make names unique', own(async (app) => {
    await app.updateApp({ enforce_unique_usernames: 'app' });
    await app.upsertUsers([{ id: 'ada', name: 'Ada' }]);
    const text = "username 'Ada' already exists";
    await refused(app.upsertUsers([{ id: 'eve', name: 'Ada' }]), 400, 6, 'UpdateUsers', text);
    await app.upsertUsers([{ id: 'bob', name: 'Bob' }]);
    const users = [{ id: 'bob', set: { name: 'Ada' } }];
    await refused(app.updateUsersPartial({ users }), 400, 6, 'UpdateUsersPartial', text);
    await app.deactivateUser({ user_id: 'ada' });
    await app.updateUsersPartial({ users });
    await refused(app.reactivateUser({ user_id: 'ada' }), 400, 6, 'ReactivateUser', text);
    await app.reactivateUser({ user_id: 'ada', name: 'Ada the first' });
    await app.updateApp({ enforce_unique_usernames: 'team' });
    await app.upsertUsers([{ id: 'a', name: 'X', teams: ['blue'] }]);
    const inTeam = "username 'X' already exists in team 'blue'";
    await refused(app.upsertUsers([{ id: 'b', name: 'X', teams: ['blue'] }]), 400, 6, 'UpdateUsers', inTeam);
  }));

  it('let one of many have a name', own(async (app) => {
    await app.updateApp({ enforce_unique_usernames: 'app' });
    const many = Array.from({ length: 25 }, (_, n) => app.upsertUsers([{ id: `user-${n}`, name: 'Ada' }]));
    const done = (await Promise.allSettled(many)).filter((one) => one.status === 'fulfilled');
    assert.equal(done.length, 1);
  }));

  it('forbid guests', own(async (app) => {
    await app.updateApp({ guest_user_creation_disabled: true });
    await refused(app.createGuest({ user: { id: 'guest' } }), 403, 17, 'CreateGuest', /guest/);
  }));

  it('revoke all tokens', own(async (app, emulator) => {
    await app.upsertUsers([{ id: 'ada' }]);
    const old = as(app, 'ada', emulator);
    await app.updateApp({ revoke_tokens_issued_before: new Date() });
    await refused(old.getBlockedUsers(), 401, 40, 'GetBlockedUsers');
    assert.ok((await app.getApp()).app.revoke_tokens_issued_before instanceof Date);
    await app.updateApp({ revoke_tokens_issued_before: null });
    assert.deepEqual((await old.getBlockedUsers()).blocks, []);
  }));

  it('turn checks off', own(async (app, emulator) => {
    await app.upsertUsers([{ id: 'ada' }, { id: 'bob' }]);
    const token = sdk('stream-chat').DevToken('ada');
    const developer = clientWith(token, emulator);
    await refused(developer.getBlockedUsers(), 401, 43, 'GetBlockedUsers', 'Token signature is invalid');
    await app.updateApp({ disable_auth_checks: true });
    assert.deepEqual((await developer.getBlockedUsers()).blocks, []);
    await refused(developer.upsertUsers([{ id: 'bob', name: 'B' }]), 403, 17, 'UpdateUsers');
    await app.updateApp({ disable_permissions_checks: true });
    await developer.upsertUsers([{ id: 'bob', name: 'B' }]);
  }));

  it('keep teams apart', own(async (app, emulator) => {
    await app.updateApp({ multi_tenant_enabled: true });
    await app.upsertUsers([
      { id: 'ada', teams: ['blue'] },
      { id: 'bob', teams: ['blue'] },
      { id: 'eve', teams: ['red'] },
    ]);
    const find = async (by, filter_conditions) => {
      const { users } = await by.queryUsers({ payload: { filter_conditions } });
      return users.map((user) => user.id).sort();
    };
    const ada = as(app, 'ada', emulator);
    assert.deepEqual(await find(ada, {}), ['ada', 'bob']);
    assert.deepEqual(await find(app, {}), ['ada', 'bob', 'eve']);
    const users = [{ id: 'ada', set: { teams: ['red'] } }];
    await refused(ada.updateUsersPartial({ users }), 403, 17, 'UpdateUsersPartial');
  }));

  it('say who may look for users', own(async (app, emulator) => {
    await app.updateApp({ user_search_disallowed_roles: ['user'] });
    await app.upsertUsers([{ id: 'ada' }]);
    const text = "User with role 'user' is not allowed to perform action SearchUser";
    const request = as(app, 'ada', emulator).queryUsers({ payload: { filter_conditions: {} } });
    await refused(request, 403, 17, 'QueryUsers', text);
  }));
});

describe('roles', () => {
  it('are made, given and removed', async () => {
    const name = unique('role');
    assert.equal((await client.createRole({ name })).role.name, name);
    const names = async () => (await client.listRoles()).roles.map((role) => role.name);
    for (const role of ['user', 'admin', 'guest', 'anonymous', name]) assert.ok((await names()).includes(role));
    await refused(client.createRole({ name }), 400, 4, 'CreateRole', `role "${name}" already exists`);
    const id = await newUser({ role: name });
    const text = `role "${name}" cannot be deleted, at least one user is using this role (ie. "${id}")`;
    await refused(client.deleteRole({ name }), 400, 4, 'DeleteRole', text);
    await client.upsertUsers([{ id, role: 'user' }]);
    await client.deleteRole({ name });
    assert.ok(!(await names()).includes(name));
    await refused(client.deleteRole({ name }), 400, 4, 'DeleteRole', `role "${name}" does not exist`);
    const builtIn = 'role "admin" is a built-in role and cannot be deleted';
    await refused(client.deleteRole({ name: 'admin' }), 400, 4, 'DeleteRole', builtIn);
  });
});

describe('devices', () => {
  it('are added, listed and removed', async () => {
    const [user_id, id] = [await newUser(), unique('device')];
    const list = async () => (await client.listDevices({ user_id })).devices;
    assert.deepEqual(await list(), []);
    const added = await client.createDevice({ id, push_provider: 'firebase', push_provider_name: 'mine', user_id });
    assert.equal(added.metadata.responseCode, 201);
    const [device] = await list();
    assert.deepEqual([device.id, device.user_id, device.push_provider], [id, user_id, 'firebase']);
    assert.ok(device.created_at instanceof Date);
    const { users } = await client.upsertUsers([{ id: user_id, name: 'Grace' }]);
    assert.equal(users[user_id].devices.length, 1);
    await client.deleteDevice({ id, user_id });
    assert.deepEqual(await list(), []);
  });
});
