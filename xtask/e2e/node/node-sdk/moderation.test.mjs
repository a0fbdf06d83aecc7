// Bans, mutes, and events that the app makes up, as far as users and queries show them.

import assert from 'node:assert/strict';
import { describe, it } from 'node:test';

import { unique } from '../support.mjs';
import { client, clientWith, newUser, newUsers, refused, stored } from './client.mjs';

const inMinutes = (date, number) => Math.abs(date.getTime() - Date.now() - number * 60_000) < 60_000;

describe('bans', () => {
  it('are shown until they end', async () => {
    const [ada, moderator] = await newUsers(2);
    const response = await client.moderation.ban({ target_user_id: ada, banned_by_id: moderator });
    assert.equal(response.metadata.responseCode, 201);
    let user = await stored(ada);
    assert.deepEqual([user.banned, user.shadow_banned, user.ban_expires], [true, false, undefined]);
    const { users } = await client.queryUsers({ payload: { filter_conditions: { id: ada, banned: true } } });
    assert.equal(users.length, 1);
    await client.moderation.unban({ target_user_id: ada, created_by: moderator });
    assert.equal((await stored(ada)).banned, false);
    await client.moderation.ban({ target_user_id: ada, banned_by_id: moderator, timeout: 10 });
    user = await stored(ada);
    assert.ok(inMinutes(user.ban_expires, 10));
  });

  it('may be kept from who is banned', async () => {
    const [ada, moderator, other] = await newUsers();
    await client.moderation.ban({ target_user_id: ada, banned_by_id: moderator, shadow: true });
    const seen = async (user_id) => {
      const by = clientWith(client.generateUserToken({ user_id }));
      const { users } = await by.queryUsers({ payload: { filter_conditions: { id: ada } } });
      return users[0].shadow_banned;
    };
    assert.deepEqual([await seen(other), await seen(ada)], [true, false]);
    assert.equal((await stored(ada)).banned, false);
  });

  it('are listed', async () => {
    const [ada, moderator] = await newUsers(2);
    const reason = unique('reason');
    await client.moderation.ban({ target_user_id: ada, banned_by_id: moderator, reason, timeout: 5 });
    const list = async (filter_conditions) => (await client.queryBannedUsers({ payload: { filter_conditions } })).bans;
    const [ban] = await list({ user_id: { $eq: ada } });
    assert.deepEqual([ban.user.id, ban.banned_by.id, ban.reason], [ada, moderator, reason]);
    assert.ok(ban.created_at instanceof Date && inMinutes(ban.expires, 5));
    assert.equal((await list({ reason })).length, 1);
    await client.moderation.unban({ target_user_id: ada, created_by: moderator });
    assert.deepEqual(await list({ reason }), []);
    assert.ok(!(await list({})).some((one) => one.user.id === ada));
  });

  it('are of users who exist, by those who may', async () => {
    const [ada, bob] = await newUsers(2);
    const unknown = unique();
    const request = client.moderation.ban({ target_user_id: unknown, banned_by_id: ada });
    await refused(request, 404, 16, 'Ban', new RegExp(unknown));
    const asAda = clientWith(client.generateUserToken({ user_id: ada }));
    const text = /User with role 'user' is not allowed to perform action/;
    await refused(asAda.moderation.ban({ target_user_id: bob }), 403, 17, 'Ban', text);
  });
});

describe('mutes', () => {
  it('are shown with who mutes', async () => {
    const [ada, bob, eve] = await newUsers();
    const response = await client.moderation.mute({ target_ids: [bob], user_id: ada, timeout: 5 });
    assert.equal(response.metadata.responseCode, 201);
    const [mute] = response.mutes;
    assert.deepEqual([mute.target.id, mute.user.id], [bob, ada]);
    assert.ok(inMinutes(mute.expires, 5) && mute.created_at instanceof Date);
    await client.moderation.mute({ target_ids: [eve], user_id: ada });
    const { mutes } = await stored(ada);
    assert.deepEqual(mutes.map((one) => one.target.id).sort(), [bob, eve]);
    assert.equal(mutes.find((one) => one.target.id === eve).expires, undefined);
    await client.moderation.unmute({ target_ids: [bob, eve], user_id: ada });
    assert.deepEqual((await stored(ada)).mutes, []);
  });

  it('need to know who mutes', async () => {
    const request = client.moderation.mute({ target_ids: [await newUser()] });
    const text = 'either user or user_id must be provided when using server side auth.';
    await refused(request, 400, 4, 'Mute', text);
  });
});

describe('events of the app', () => {
  it('are sent to a user', async () => {
    const user_id = await newUser();
    const send = (to, type) => client.chat.sendUserCustomEvent({ user_id: to, event: { type, custom: { a: 1 } } });
    assert.equal((await send(user_id, 'my-custom-event')).metadata.responseCode, 201);
    await refused(send(unique(), 'my-custom-event'), 404, 16, 'SendUserCustomEvent');
    await refused(send(user_id, 'user.updated'), 400, 4, 'SendUserCustomEvent');
  });
});
