// Settings of the app that concern users, and roles. What changes them has an emulator of its own.

import assert from 'node:assert/strict';
import { describe, it } from 'node:test';

import { unique, withEmulator } from '../support.mjs';
import { client, clientAs, clientOf, newUser, refused, TIME } from './client.mjs';

/** A test with an app that nobody else uses. */
const own = (use) => () => withEmulator([], (emulator) => use(clientOf(emulator), emulator));

describe('app settings', () => {
  it('are answered', async () => {
    const answer = await client.getAppSettings();
    assert.deepEqual(Object.keys(answer).sort(), ['app', 'duration']);
    assert.equal(answer.app.enforce_unique_usernames, 'no');
    assert.equal(answer.app.multi_tenant_enabled, false);
    assert.notEqual(answer.app.permission_version, undefined);
  });

  it('are changed one by one', own(async (app) => {
    await app.updateAppSettings({});
    const before = (await app.getAppSettings()).app;
    await app.updateAppSettings({ multi_tenant_enabled: true });
    assert.deepEqual((await app.getAppSettings()).app, { ...before, multi_tenant_enabled: true });
  }));

  it('replace hooks as a whole', own(async (app) => {
    const hook = { hook_type: 'webhook', webhook_url: 'https://example.com', event_types: [], enabled: true };
    await app.updateAppSettings({ event_hooks: [hook, hook] });
    const { event_hooks } = (await app.getAppSettings()).app;
    assert.equal(event_hooks.length, 2);
    for (const [name, value] of Object.entries(hook)) assert.deepEqual(event_hooks[0][name], value);
    assert.match(event_hooks[0].created_at, TIME);
    await app.updateAppSettings({ event_hooks: [] });
    assert.deepEqual((await app.getAppSettings()).app.event_hooks, []);
  }));

  it('make names unique', own(async (app) => {
    const wrong = app.updateAppSettings({ enforce_unique_usernames: 'foobar' });
    await refused(wrong, 400, 4, 'UpdateApp', 'enforce_unique_usernames must be one of [no app team]');
    await app.upsertUser({ id: 'first', name: 'dupe', teams: ['blue'] });
    await app.updateAppSettings({ enforce_unique_usernames: 'app' });
    const text = "username 'dupe' already exists";
    await refused(app.upsertUser({ id: 'ada', name: 'dupe' }), 400, 6, 'UpdateUsers', text);
    const twins = ['a', 'b'].map((id) => ({ id, name: 'twin' }));
    await refused(app.upsertUsers(twins), 400, 6, 'UpdateUsers', "username 'twin' already exists");
    await app.upsertUser({ id: 'ada', name: 'Ada' });
    const rename = { id: 'ada', set: { name: 'dupe' } };
    await refused(app.partialUpdateUser(rename), 400, 6, 'UpdateUsersPartial', text);

    await app.deactivateUser('ada');
    await app.upsertUser({ id: 'bob', name: 'Ada' });
    await refused(app.reactivateUser('ada'), 400, 6, 'ReactivateUser', "username 'Ada' already exists");
    await app.reactivateUser('ada', { name: 'Ada the first' });

    await app.updateAppSettings({ enforce_unique_usernames: 'team' });
    await app.upsertUser({ id: 'eve', name: 'dupe' });
    const inTeam = `${text} in team 'blue'`;
    const joining = { id: 'eve', name: 'dupe', teams: ['blue'] };
    await refused(app.upsertUser(joining), 400, 6, 'UpdateUsers', inTeam);
    const set = { teams: ['blue'] };
    await refused(app.partialUpdateUser({ id: 'eve', set }), 400, 6, 'UpdateUsersPartial', inTeam);
  }));

  it('let one of many have a name', own(async (app) => {
    await app.updateAppSettings({ enforce_unique_usernames: 'app' });
    const many = Array.from({ length: 25 }, (_, n) => app.upsertUser({ id: `user-${n}`, name: 'same' }));
    const done = (await Promise.allSettled(many)).filter((one) => one.status === 'fulfilled');
    assert.equal(done.length, 1);
  }));

  it('revoke all tokens', own(async (app, emulator) => {
    await app.upsertUser({ id: 'ada' });
    const token = app.createToken('ada', undefined, Math.floor(Date.now() / 1000) - 60);
    const old = await clientAs('ada', token, emulator);
    assert.deepEqual((await old.getBlockedUsers()).blocks, []);
    await app.revokeTokens(new Date());
    await refused(old.getBlockedUsers(), 401, 40, 'GetBlockedUsers');
    await app.revokeTokens(new Date(Date.now() - 3_600_000).toISOString());
    assert.deepEqual((await old.getBlockedUsers()).blocks, []);
    await app.revokeTokens(null);
    assert.ok(!('revoke_tokens_issued_before' in (await app.getAppSettings()).app));
    await assert.rejects(app.revokeTokens(''), /use null instead/);
  }));

  it('turn checks off', own(async (app, emulator) => {
    await app.upsertUsers([{ id: 'ada' }, { id: 'bob' }]);
    const developer = await clientAs('ada', app.devToken('ada'), emulator);
    await refused(developer.getBlockedUsers(), 401, 43, 'GetBlockedUsers', 'Token signature is invalid');
    await app.updateAppSettings({ disable_auth_checks: true });
    assert.deepEqual((await developer.getBlockedUsers()).blocks, []);
    await refused(developer.upsertUser({ id: 'bob', name: 'B' }), 403, 17, 'UpdateUsers');
    await app.updateAppSettings({ disable_permissions_checks: true });
    await developer.upsertUser({ id: 'bob', name: 'B' });
    await app.updateAppSettings({ disable_auth_checks: false, disable_permissions_checks: false });
    await refused(developer.getBlockedUsers(), 401, 43, 'GetBlockedUsers');
  }));

  it('forbid guests', own(async (app) => {
    await app.updateAppSettings({ guest_user_creation_disabled: true });
    const request = app.post(`${app.baseURL}/guest`, { user: { id: 'guest' } });
    await refused(request, 403, 17, 'CreateGuest', /guest/);
  }));

  it('keep teams apart', own(async (app, emulator) => {
    await app.updateAppSettings({ multi_tenant_enabled: true });
    await app.upsertUsers([
      { id: 'ada', teams: ['blue'] },
      { id: 'bob', teams: ['blue'] },
      { id: 'eve', teams: ['red'] },
    ]);
    const ada = await clientAs('ada', app.createToken('ada'), emulator);
    const { users } = await ada.queryUsers({});
    assert.deepEqual(users.map((user) => user.id).sort(), ['ada', 'bob']);
    const text = 'user teams can only be updated server-side';
    await refused(ada.upsertUser({ id: 'ada', teams: ['red'] }), 403, 17, 'UpdateUsers', text);
    await ada.upsertUser({ id: 'ada', name: 'Ada' });
  }));
});

describe('roles', () => {
  it('are made, given and removed', async () => {
    const name = unique('role');
    assert.equal((await client.createRole(name)).role.name, name);
    const names = async () => (await client.listRoles()).roles.map((role) => role.name);
    assert.ok((await names()).includes(name));
    await refused(client.createRole('admin'), 400, 4, 'CreateRole', 'role "admin" already exists');
    const id = await newUser({ role: name });
    assert.equal((await client.queryUsers({ role: name })).users[0].id, id);
    const text = `role "${name}" cannot be deleted, at least one user is using this role (ie. "${id}")`;
    await refused(client.deleteRole(name), 400, 4, 'DeleteRole', text);
    await client.upsertUser({ id, role: 'user' });
    await client.deleteRole(name);
    assert.ok(!(await names()).includes(name));
  });
});
