// The clients of `stream-chat`, and how their errors are checked.
//
// The package speaks the older form: times are texts, custom data stands beside the other fields. A user's client
// normally opens a websocket first; here it is only given who it is and its token, so that it calls what users call.

import assert from 'node:assert/strict';

import { checkEnvelope, checkMessage, eventually, sdk, SHARED, unique, uniques } from '../support.mjs';

export const { StreamChat } = sdk('stream-chat');

const options = (emulator) => ({ baseURL: emulator.baseUrl, timeout: 20_000, disableCache: true });

/** A server's client. */
export const clientOf = (emulator) => new StreamChat(emulator.apiKey, emulator.apiSecret, options(emulator));

/** The server's client that most tests use. */
export const client = clientOf(SHARED);

/** The client of a user, without a connection. */
export async function clientAs(id, token = client.createToken(id), emulator = SHARED) {
  const made = new StreamChat(emulator.apiKey, options(emulator));
  await made._setToken({ id }, token);
  made._setUser({ id });
  made.userID = id;
  return made;
}

/** A client of nobody. */
export function anonymous() {
  const made = new StreamChat(SHARED.apiKey, options(SHARED));
  made.anonymous = true;
  made.tokenManager.loadTokenPromise = Promise.resolve();
  return made;
}

/** A user that exists. */
export async function newUser(fields = {}) {
  const id = unique();
  await client.upsertUser({ id, ...fields });
  return id;
}

/** Users that exist, in the order of their ids. */
export async function newUsers(count = 3) {
  const ids = uniques(count);
  await client.upsertUsers(ids.map((id) => ({ id })));
  return ids;
}

/** A user as a query shows it. */
export async function stored(id, more = {}) {
  return (await client.queryUsers({ id }, [], more)).users[0];
}

/** The ids, in their order, of those of `ids` whom a query shows. */
export async function visible(ids, more = {}) {
  const { users } = await client.queryUsers({ id: { $in: ids } }, [], { limit: 100, ...more });
  return users.map((user) => user.id).sort();
}

/** Waits for the end of a task, which the SDK leaves to its users. */
export function finished({ task_id }) {
  assert.match(task_id, /^[0-9a-f-]{36}$/);
  return eventually(
    () => client.getTask(task_id),
    (task) => ['completed', 'failed'].includes(task.status),
  );
}

/** RFC 3339 in UTC, with what is needed of a fraction. */
export const TIME = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d{0,8}[1-9])?Z$/;

/** The request is refused with this status and code. */
export async function refused(request, status, code, operation, text) {
  await assert.rejects(request, (error) => {
    assert.deepEqual([error.status, error.code], [status, code], error.message);
    const { data } = error.response;
    assert.equal(error.message, `StreamChat error code ${code}: ${data.message}`);
    checkEnvelope(data, status);
    checkMessage(data.message, operation, text);
    return true;
  });
}
