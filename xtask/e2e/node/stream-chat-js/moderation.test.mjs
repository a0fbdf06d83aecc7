// Bans, mutes, and events that the app makes up, as far as users and queries show them.

import assert from 'node:assert/strict';
import { describe, it } from 'node:test';

import { unique, withEmulator, withReceiver } from '../support.mjs';
import { client, clientAs, clientOf, newUser, newUsers, refused, stored, TIME } from './client.mjs';

const inMinutes = (time, number) => Math.abs(Date.parse(time) - Date.now() - number * 60_000) < 60_000;

describe('bans', () => {
  it('are shown until they end', async () => {
    const [ada, moderator] = await newUsers(2);
    await client.banUser(ada, { banned_by_id: moderator });
    assert.equal((await stored(ada)).banned, true);
    assert.equal((await client.queryUsers({ id: ada, banned: true })).users.length, 1);
    // Nobody has to say who ends it.
    await client.unbanUser(ada);
    assert.equal((await stored(ada)).banned, false);
    await client.banUser(ada, { user_id: moderator, timeout: 10 });
    assert.ok(inMinutes((await stored(ada)).ban_expires, 10));
    await client.banUser(ada, { banned_by_id: moderator, timeout: -10 });
    assert.equal((await stored(ada)).banned, false);
  });

  it('may be kept from who is banned', async () => {
    const [ada, moderator, other] = await newUsers();
    await client.shadowBan(ada, { user_id: moderator });
    const find = async (id, condition) => (await (await clientAs(id)).queryUsers({ id: ada, ...condition })).users;
    assert.deepEqual(await find(ada, { shadow_banned: true }), []);
    assert.equal((await find(ada, {}))[0].shadow_banned, false);
    assert.equal((await find(ada, { shadow_banned: false })).length, 1);
    assert.equal((await find(other, { shadow_banned: true }))[0].shadow_banned, true);
    assert.equal((await find(other, {}))[0].shadow_banned, true);
    assert.deepEqual(await find(other, { shadow_banned: { $ne: true } }), []);
    await client.removeShadowBan(ada);
    assert.equal((await find(other, {}))[0].shadow_banned, false);
  });

  it('are listed', async () => {
    const [ada, bob, moderator] = await newUsers();
    const reason = unique('reason');
    await client.banUser(ada, { banned_by_id: moderator, reason, timeout: 5 });
    await client.banUser(bob, { banned_by_id: moderator, reason });
    const ids = async (...query) => (await client.queryBannedUsers(...query)).bans.map((ban) => ban.user.id);
    assert.deepEqual(await ids({ reason }), [ada, bob]);
    assert.deepEqual(await ids({ reason }, { created_at: -1 }), [bob, ada]);
    assert.deepEqual(await ids({ reason }, [], { limit: 1, offset: 1 }), [bob]);
    assert.deepEqual(await ids({ user_id: { $in: [ada] } }), [ada]);
    const [ban] = (await client.queryBannedUsers({ user_id: ada })).bans;
    assert.deepEqual([ban.banned_by.id, ban.reason], [moderator, reason]);
    assert.match(ban.created_at, TIME);
    assert.ok(inMinutes(ban.expires, 5));
    await client.unbanUser(ada);
    assert.deepEqual(await ids({ reason }), [bob]);
  });

  it('are of users who exist, by those who may', async () => {
    const [ada, bob] = await newUsers(2);
    const unknown = unique();
    await refused(client.banUser(unknown, { banned_by_id: ada }), 404, 16, 'Ban', new RegExp(unknown));
    const text = /User with role 'user' is not allowed to perform action/;
    await refused((await clientAs(ada)).banUser(bob), 403, 17, 'Ban', text);
  });
});

describe('mutes', () => {
  it('are shown with who mutes', async () => {
    const [ada, bob, eve] = await newUsers();
    const { mute } = await client.muteUser(bob, ada);
    assert.deepEqual([mute.target.id, mute.user.id, 'expires' in mute], [bob, ada, false]);
    assert.match(mute.created_at, TIME);
    await client.muteUser(eve, ada, { timeout: 10 });
    const { mutes } = await stored(ada);
    assert.deepEqual(mutes.map((one) => one.target.id).sort(), [bob, eve]);
    assert.ok(mutes.every((one) => one.user.id === ada));
    assert.ok(inMinutes(mutes.find((one) => one.target.id === eve).expires, 10));
    await client.unmuteUser(bob, ada);
    assert.deepEqual((await stored(ada)).mutes.map((one) => one.target.id), [eve]);
  });

  it('are made by users themselves', async () => {
    const [ada, bob] = await newUsers(2);
    const asAda = await clientAs(ada);
    assert.equal((await asAda.muteUser(bob)).mute.user.id, ada);
    await asAda.unmuteUser(bob);
    assert.deepEqual((await stored(ada)).mutes, []);
  });
});

describe('events of the app', () => {
  it('are sent to a user', async () => {
    const id = await newUser();
    await client.sendUserCustomEvent(id, { type: 'friendship_request', text: 'hi' });
    const event = { type: 'friendship_request' };
    await refused(client.sendUserCustomEvent(unique(), event), 404, 16, 'SendUserCustomEvent');
    await refused(client.sendUserCustomEvent(id, { type: 'user.updated' }), 400, 4, 'SendUserCustomEvent');
  });
});

describe('webhooks', () => {
  it('tell all of it', () =>
    withReceiver([], (server) =>
      withEmulator([`--webhook=${server.url}`], async (emulator) => {
        const own = clientOf(emulator);
        const next = async () => {
          const { headers, body } = await server.next();
          return own.verifyAndParseWebhook(body, headers['x-signature']);
        };
        await own.upsertUser({ id: 'ada' });
        await next();
        await own.upsertUser({ id: 'mod' });
        await next();
        await own.banUser('ada', { banned_by_id: 'mod', reason: 'spam' });
        const banned = await next();
        assert.deepEqual([banned.type, banned.user.id, banned.reason], ['user.banned', 'ada', 'spam']);
        assert.equal(banned.created_by.id, 'mod');
        await own.unbanUser('ada');
        assert.equal((await next()).type, 'user.unbanned');
        await own.muteUser('mod', 'ada');
        assert.equal((await next()).type, 'user.muted');
        await own.unmuteUser('mod', 'ada');
        assert.equal((await next()).type, 'user.unmuted');
        await own.sendUserCustomEvent('ada', { type: 'friendship_request', text: 'hi' });
        const told = await next();
        assert.deepEqual([told.type, told.text, told.user.id], ['friendship_request', 'hi', 'ada']);
      }),
    ));
});
