// The Rust client: the command `stream-users` as a process.

import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import { after } from 'node:test';

import { SHARED } from '../support.mjs';
import { Inbox, within } from './live.mjs';

const running = new Set();
after(() => running.forEach((child) => child.kill('SIGKILL')));

function start(args, emulator) {
  const env = {
    ...process.env,
    STREAM_API_KEY: emulator.apiKey,
    STREAM_API_SECRET: emulator.apiSecret,
    STREAM_BASE_URL: emulator.baseUrl,
  };
  const child = spawn(process.env.STREAM_USERS_COMMAND, args, { env, stdio: ['ignore', 'pipe', 'pipe'] });
  running.add(child);
  let errors = '';
  child.stderr.on('data', (data) => (errors += data));
  const end = once(child, 'close').then(([code, signal]) => {
    running.delete(child);
    return { code, signal, errors };
  });
  return { child, end: () => within(end, 'the end of the command') };
}

/** Calls an operation. */
export async function call(operation, input, emulator = SHARED) {
  const { child, end } = start(['api', operation, '--json', JSON.stringify(input)], emulator);
  let said = '';
  child.stdout.on('data', (data) => (said += data));
  const { code, errors } = await end();
  assert.equal(code, 0, errors);
  return JSON.parse(said);
}

/** A Rust client that is connected: `connected` is its first line. */
export async function rustConnected(args, emulator = SHARED) {
  const { child, end } = start(['connect', ...args], emulator);
  const lines = new Inbox();
  createInterface(child.stdout).on('line', (line) => lines.push(JSON.parse(line)));
  end().then(({ errors }) => lines.push({ ended: errors }), () => {});
  const line = async (is, what) => {
    const { thing } = await lines.take((one) => one.ended !== undefined || is(one), what);
    assert.equal(thing.ended, undefined, `it ended: ${thing.ended}`);
    return thing;
  };
  const event = async (type, is = () => true) =>
    (await line((one) => one.event?.type === type && is(one.event), type)).event;
  const { connected } = await line((one) => one.connected, 'the connection');
  const stop = async () => {
    child.kill('SIGTERM');
    const { code, errors } = await end();
    assert.equal(code, 0, errors);
  };
  return { connected, line, event, stop };
}
