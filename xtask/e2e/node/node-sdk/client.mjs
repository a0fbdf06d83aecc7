// The client of `@stream-io/node-sdk`, and how its errors are checked.

import assert from 'node:assert/strict';

import { checkMessage, eventually, sdk, SHARED, unique, uniques } from '../support.mjs';

export const { StreamClient, InvalidWebhookError } = sdk('@stream-io/node-sdk');

/** A client of an emulator. */
export const clientOf = (emulator, options = {}) =>
  new StreamClient(emulator.apiKey, emulator.apiSecret, { basePath: emulator.baseUrl, timeout: 20_000, ...options });

/** The client that most tests use. */
export const client = clientOf(SHARED);

/**
 * A client that carries this token. The SDK is made for servers and has no option for it, so its token is exchanged
 * after it was made.
 */
export function clientWith(token, emulator = SHARED) {
  const made = clientOf(emulator);
  made.apiClient.apiConfig.token = token;
  return made;
}

/** A user that exists. */
export async function newUser(fields = {}) {
  const id = unique();
  await client.upsertUsers([{ id, ...fields }]);
  return id;
}

/** A user as a query shows it. */
export async function stored(id, options = {}) {
  const { users } = await client.queryUsers({ payload: { filter_conditions: { id }, ...options } });
  return users[0];
}

/** The request is refused with this status and code. The SDK gives the message and the headers of an error, no more. */
export async function refused(request, status, code, operation, text) {
  await assert.rejects(request, (error) => {
    assert.deepEqual([error.metadata?.responseCode, error.code], [status, code], error.message);
    const head = `Stream error code ${code}: `;
    assert.ok(error.message.startsWith(head), error.message);
    checkMessage(error.message.slice(head.length), operation, text);
    assert.equal(typeof error.metadata.rateLimit.rateLimit, 'number');
    return true;
  });
}

/** Users that exist, in the order of their ids. */
export async function newUsers(count = 3) {
  const ids = uniques(count);
  await client.upsertUsers(ids.map((id) => ({ id })));
  return ids;
}

/** The ids, in their order, of those of `ids` whom a query shows. */
export async function visible(ids, options = {}) {
  const payload = { filter_conditions: { id: { $in: ids } }, limit: 100, ...options };
  const { users } = await client.queryUsers({ payload });
  return users.map((user) => user.id).sort();
}

/** Waits for the end of a task, which the SDK leaves to its users. */
export function finished(taskId, of = client) {
  return eventually(
    () => of.getTask({ id: taskId }),
    (task) => ['completed', 'failed'].includes(task.status),
  );
}
