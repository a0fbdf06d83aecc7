// What both Node suites need: the SDKs, the emulator that the driver started, others with settings of their own, and
// a place for webhooks to arrive at.

import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { once } from 'node:events';
import { createServer } from 'node:http';
import { createRequire } from 'node:module';
import { createInterface } from 'node:readline';

/** Loads a package from where the driver installed it. */
export const sdk = createRequire(`${process.env.E2E_NODE_MODULES}/`);

/** The emulator that all tests share. Tests use ids of their own, and change nothing that others see. */
export const SHARED = {
  baseUrl: process.env.STREAM_BASE_URL,
  apiKey: process.env.STREAM_API_KEY,
  apiSecret: process.env.STREAM_API_SECRET,
};

/** Another emulator, with more arguments on its command line, for as long as `use` takes. */
export async function withEmulator(args, use) {
  const { apiKey, apiSecret } = SHARED;
  const command = ['--listen=127.0.0.1:0', `--api-key=${apiKey}`, `--api-secret=${apiSecret}`, ...args];
  const child = spawn(process.env.STREAM_USERS_EMULATOR, command, { stdio: ['ignore', 'pipe', 'inherit'] });
  const end = once(child, 'exit');
  try {
    const lines = createInterface(child.stdout)[Symbol.asyncIterator]();
    const first = (await lines.next()).value;
    const [, baseUrl] = /^listening on (\S+)$/.exec(first) ?? assert.fail(`its first line is ${first}`);
    return await use({ baseUrl, apiKey, apiSecret });
  } finally {
    child.kill('SIGKILL');
    await end;
  }
}

/** An id that no other test has. */
export const unique = (what = 'user') => `${what}-${randomUUID()}`;

/** Several such ids, in the order of the alphabet. */
export function uniques(count, what = 'user') {
  const stem = unique(what);
  return Array.from({ length: count }, (_, number) => `${stem}-${String(number).padStart(3, '0')}`);
}

/** Asks again until `done` says yes of the answer; fails where it never does. */
export async function eventually(ask, done) {
  const end = Date.now() + 20_000;
  for (;;) {
    const answer = await ask();
    if (done(answer)) return answer;
    assert.ok(Date.now() < end, `still ${JSON.stringify(answer)}`);
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
}

/**
 * `text` is what stands between the quotes of the message: a string for all of it, a pattern for a part of it, or
 * nothing where nobody has published the words.
 */
export function checkMessage(message, operation, text) {
  const head = `${operation} failed with error: "`;
  assert.ok(message.startsWith(head) && message.endsWith('"'), message);
  const inner = message.slice(head.length, -1);
  if (text instanceof RegExp) assert.match(inner, text);
  else if (text !== undefined) assert.equal(inner, text);
}

/** All six fields of an error are there, and of their types. */
export function checkEnvelope(body, status) {
  assert.equal(body.StatusCode, status);
  assert.equal(typeof body.code, 'number');
  assert.equal(typeof body.message, 'string');
  assert.match(body.duration, /^(0|\d+\.\d+ms)$/);
  assert.equal(body.more_info, 'https://getstream.io/chat/docs/api_errors_response');
  assert.deepEqual(body.details, []);
}

/** A server that webhooks are sent to. It answers with `statuses`, and with 200 afterwards. */
export async function withReceiver(statuses, use) {
  const deliveries = [];
  const waiting = [];
  const server = createServer(async (request, response) => {
    const parts = [];
    for await (const part of request) parts.push(part);
    const delivery = { headers: request.headers, body: Buffer.concat(parts) };
    if (waiting.length > 0) waiting.shift()(delivery);
    else deliveries.push(delivery);
    response.statusCode = statuses.shift() ?? 200;
    response.end();
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const next = () => {
    if (deliveries.length > 0) return Promise.resolve(deliveries.shift());
    return new Promise((resolve, reject) => {
      const timer = setTimeout(() => reject(new Error('no webhook came')), 20_000);
      waiting.push((delivery) => {
        clearTimeout(timer);
        resolve(delivery);
      });
    });
  };
  try {
    return await use({ url: `http://127.0.0.1:${server.address().port}/hook`, next });
  } finally {
    server.closeAllConnections?.();
    server.close();
  }
}

/** Puts channels, messages, reactions and locations into an emulator, which no operation on users makes. */
export const plant = (data, emulator = SHARED) => control('seed', data, emulator);

/** Moves an emulator's clock ahead. */
export const advance = (by, emulator) => control('clock', { advance: by }, emulator);

/** Lets the next request for an operation go wrong. */
export const fault = (data, emulator) => control('faults', data, emulator);

/** Cuts the connections of a user; how many there were. */
export async function cut(userId, how, emulator = SHARED) {
  return (await control('connections', { user_id: userId, ...how }, emulator)).cut;
}

/** The connections of a user. */
export async function connectionsOf(userId, emulator = SHARED) {
  const answer = await fetch(`${emulator.baseUrl}/_emulator/connections`);
  return (await answer.json()).connections.filter((connection) => connection.user_id === userId);
}

async function control(what, data, emulator) {
  const body = JSON.stringify(data);
  const headers = { 'content-type': 'application/json' };
  const answer = await fetch(`${emulator.baseUrl}/_emulator/${what}`, { method: 'POST', headers, body });
  const text = await answer.text();
  assert.equal(answer.status, 200, text);
  return JSON.parse(text);
}

/** Plants two messages, one of them liked, and a reaction of `author`. */
export async function plantMessages(author, friend) {
  const cid = `messaging:${unique('channel')}`;
  const [first, second, other] = [unique('message'), unique('message'), unique('message')];
  await plant({
    channels: [{ cid, members: [author, friend] }],
    messages: [
      { id: first, cid, user_id: author, text: 'hello' },
      { id: second, cid, user_id: author, text: 'goodbye' },
      { id: other, cid, user_id: friend, text: 'hello yourself' },
    ],
    reactions: [
      { message_id: first, user_id: friend, type: 'like' },
      { message_id: other, user_id: author, type: 'love' },
    ],
  });
  return { messages: { [first]: 'hello', [second]: 'goodbye' }, other };
}

/** Plants a message with which the first of `users` shares where she is, until in an hour. */
export async function plantLocation(users) {
  const [cid, messageId] = [`messaging:${unique('channel')}`, unique('message')];
  const endAt = new Date(Math.floor(Date.now() / 1000) * 1000 + 3_600_000);
  await plant({
    channels: [{ cid, members: users }],
    messages: [{ id: messageId, cid, user_id: users[0] }],
    live_locations: [
      {
        message_id: messageId,
        latitude: 52.011,
        longitude: 4.357,
        end_at: endAt.toISOString(),
        created_by_device_id: 'phone',
      },
    ],
  });
  return { cid, messageId, userId: users[0], endAt };
}
