// Who is online, and who is told.

import assert from 'node:assert/strict';
import { describe, it } from 'node:test';

import { eventually, unique } from '../support.mjs';
import { client, newUser, newUsers, stored, TIME } from './client.mjs';
import { connected, listener } from './live.mjs';

/** A connected user who asks for the presence of others. */
async function watching(...ids) {
  const id = await newUser();
  const made = await connected(id);
  made.watched = (await made.queryUsers({ id: { $in: ids } }, [], { presence: true })).users;
  return made;
}

const offline = (id) => eventually(() => stored(id), (user) => !user.online);

describe('presence', () => {
  it('follows the first and the last connection', async () => {
    const id = await newUser({ name: 'Ada', colour: 'red' });
    const bob = await watching(id);
    assert.deepEqual(bob.watched.map((user) => [user.online, user.last_active]), [[false, undefined]]);
    const phone = await connected(id);
    const came = await bob.heard.next('user.presence.changed');
    assert.deepEqual([came.user.id, came.user.online, came.user.name, came.user.colour], [id, true, 'Ada', 'red']);
    assert.match(came.user.last_active, TIME);
    assert.match(came.created_at, TIME);
    assert.equal(bob.state.users[id].online, true);
    assert.equal((await stored(id)).online, true);

    const laptop = await connected(id);
    await phone.disconnectUser();
    assert.deepEqual(await bob.heard.untilNow(bob.userID), []);
    assert.equal((await stored(id)).online, true);

    await laptop.disconnectUser();
    const gone = await bob.heard.next('user.presence.changed');
    assert.deepEqual([gone.user.id, gone.user.online], [id, false]);
    assert.ok(gone.user.last_active >= came.user.last_active);
    assert.equal(bob.state.users[id].online, false);
    assert.equal((await stored(id)).online, false);
  });

  it('is of whom was asked for alone, and only where it was asked for', async () => {
    const [ada, eve] = await newUsers(2);
    const bob = await watching(ada);
    const carol = await connected(await newUser());
    await carol.queryUsers({ id: { $in: [ada, eve] } });
    await connected(eve);
    await connected(ada);
    assert.equal((await bob.heard.next('user.presence.changed')).user.id, ada);
    assert.deepEqual(await carol.heard.untilNow(carol.userID), []);
    assert.deepEqual(await bob.heard.untilNow(bob.userID), []);
  });

  it('comes with changes of those who are watched, and with their end', async () => {
    const id = await newUser({ colour: 'red' });
    const bob = await watching(id);
    await client.partialUpdateUser({ id, set: { colour: 'blue' } });
    assert.equal((await bob.heard.next('user.updated')).user.colour, 'blue');
    assert.equal(bob.state.users[id].colour, 'blue');
    await client.deleteUser(id);
    const gone = await bob.heard.next('user.deleted');
    assert.equal(gone.user.id, id);
    assert.match(gone.user.deleted_at, TIME);
  });

  it('of guests', async () => {
    const guest = listener();
    await guest.setGuestUser({ id: unique('guest') });
    const bob = await watching(guest.user.id);
    assert.deepEqual(bob.watched.map((user) => user.online), [true]);
    await guest.disconnectUser();
    assert.equal((await bob.heard.next('user.presence.changed')).user.online, false);
  });

  it('is asked for by those who are nobody in particular, too', async () => {
    const id = await newUser();
    const nobody = listener();
    await nobody.connectAnonymousUser();
    await nobody.queryUsers({ id }, [], { presence: true });
    await connected(id);
    const event = await nobody.heard.next('user.presence.changed');
    assert.deepEqual([event.user.id, event.user.online], [id, true]);
  });

  it('ends with the connection that asked', async () => {
    const id = await newUser();
    const bob = await watching(id);
    const { userID } = bob;
    await bob.disconnectUser();
    const again = await connected(userID);
    const ada = await connected(id);
    await ada.disconnectUser();
    await offline(id);
    assert.deepEqual(await again.heard.untilNow(userID), []);
  });
});

describe('invisible users', () => {
  it('look offline', async () => {
    const id = await newUser();
    const bob = await watching(id);
    const ada = await connected({ id, invisible: true });
    assert.equal(ada.user.invisible, true);
    assert.equal((await bob.queryUsers({ id })).users[0].online, false);
    const seen = await bob.heard.untilNow(bob.userID);
    assert.ok(seen.every(([type]) => type !== 'user.presence.changed'), JSON.stringify(seen));
    await ada.disconnectUser();
    const again = await connected(id);
    assert.equal(again.user.invisible, true);
    assert.equal((await bob.queryUsers({ id })).users[0].online, false);
  });

  it('go and come back while they are connected', async () => {
    const id = await newUser();
    const bob = await watching(id);
    const ada = await connected(id);
    assert.equal((await bob.heard.next('user.presence.changed')).user.online, true);
    await ada.partialUpdateUser({ id, set: { invisible: true } });
    assert.equal((await bob.heard.next('user.presence.changed')).user.online, false);
    assert.equal(bob.state.users[id].online, false);
    await ada.partialUpdateUser({ id, set: { invisible: false } });
    assert.equal((await bob.heard.next('user.presence.changed')).user.online, true);
  });
});
