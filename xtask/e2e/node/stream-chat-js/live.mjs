// Clients of `stream-chat` that connect, and what they hear. What they hear comes in order, so that a test which wants to
// know that something was not told sends a custom event behind it and looks at what came before.

import assert from 'node:assert/strict';
import { after } from 'node:test';

import { SHARED, unique } from '../support.mjs';
import { client, clientOf, StreamChat } from './client.mjs';

const startTimer = globalThis.setTimeout;

// The package never stops the timers that bound a connection attempt. They would keep a process for 15 s after its last
// test; timers of the tests themselves go through `startTimer`.
globalThis.setTimeout = (act, delay, ...more) => {
  const timer = startTimer(act, delay, ...more);
  return delay >= 5_000 ? timer.unref() : timer;
};

/** Waits for a promise, but not for ever. */
export function within(promise, what, delay = 20_000) {
  let timer;
  const late = new Promise((_, reject) => {
    timer = startTimer(() => reject(new Error(`${what} did not come`)), delay);
  });
  return Promise.race([promise, late]).finally(() => clearTimeout(timer));
}

/** Things in the order in which they came, to be waited for. */
export class Inbox {
  #things = [];
  #wake = () => {};

  push(thing) {
    this.#things.push(thing);
    this.#wake();
  }

  /** Takes the next thing that `is` wanted out; what came before it is dropped, and returned as `skipped`. */
  async take(is, what = 'what was waited for') {
    const end = Date.now() + 20_000;
    for (;;) {
      const place = this.#things.findIndex(is);
      if (place >= 0) {
        const skipped = this.#things.splice(0, place + 1);
        return { thing: skipped.pop(), skipped };
      }
      const came = new Promise((resolve) => (this.#wake = resolve));
      await within(came, `${what} (but ${JSON.stringify(this.#things)})`, Math.max(0, end - Date.now()));
    }
  }
}

/** What a client of the package hears. */
class Heard extends Inbox {
  /** The next event of this type, which `is` wanted. */
  async next(type, is = () => true) {
    const { thing } = await this.take((event) => event.type === type && is(event), type);
    assert.ok(thing.received_at instanceof Date);
    return thing;
  }

  /** The types of all events of users up to now, by way of a custom event to the user of the client. */
  async untilNow(id, emulator = SHARED) {
    const type = unique('fence');
    await clientOf(emulator).sendUserCustomEvent(id, { type });
    const { skipped } = await this.take((event) => event.type === type, type);
    return skipped.filter((event) => event.type.startsWith('user.')).map((event) => [event.type, event.user?.id]);
  }
}

const open = [];
after(() => Promise.all(open.map((one) => one.disconnectUser())));

/** A client that is about to connect; `heard` is what it hears. It is disconnected when the tests have ended. */
export function listener({ emulator = SHARED, ...options } = {}) {
  const made = new StreamChat(emulator.apiKey, {
    baseURL: emulator.baseUrl,
    timeout: 20_000,
    disableCache: true,
    allowServerSideConnect: true,
    ...options,
  });
  made.heard = new Heard();
  made.on((event) => made.heard.push(event));
  open.push(made);
  return made;
}

/** A connected client of a user. */
export async function connected(user, options = {}) {
  const details = typeof user === 'string' ? { id: user } : user;
  const made = listener(options);
  made.first = await made.connectUser(details, clientOf(options.emulator ?? SHARED).createToken(details.id));
  return made;
}

/** The error with which the package rejects a connection that the service refused: its fields are JSON in the message. */
export async function refusedToConnect(promise, status, code, text) {
  await assert.rejects(promise, (error) => {
    const said = JSON.parse(error.message);
    assert.deepEqual([said.StatusCode, said.code, said.isWSFailure], [status, code, false], error.message);
    const head = `WS failed with code ${code} and reason - `;
    assert.ok(said.message.startsWith(head), said.message);
    if (text instanceof RegExp) assert.match(said.message.slice(head.length), text);
    else if (text !== undefined) assert.equal(said.message.slice(head.length), text);
    return true;
  });
}

/** The code and the reason with which a connection ends. */
export function closing(made) {
  const { ws } = made.wsConnection;
  return within(new Promise((resolve) => {
    ws.once('close', (code, reason) => resolve({ code, reason: reason.toString() }));
  }), 'the end of the connection');
}

/** Seconds since 1970. */
export const now = () => Math.floor(Date.now() / 1000);

/** A token of a user of an age of some seconds. */
export const oldToken = (id, age = 60, by = client) => by.createToken(id, undefined, now() - age);

/** A token of a user that has expired. */
export const expiredToken = (id, by = client) => by.createToken(id, now() - 10, now() - 60);
