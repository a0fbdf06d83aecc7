// The newer protocol, as the official clients of video and feeds speak it: none of the packages that are installed here
// does, so this is the websocket that `stream-chat` brings and what the contract says.

import { after } from 'node:test';

import { sdk, SHARED } from '../support.mjs';
import { client } from './client.mjs';
import { Inbox, within } from './live.mjs';

const WebSocket = sdk('ws');
const open = [];
after(() => open.forEach((one) => one.terminate()));

/** An open socket that has said nothing yet: `frames` is what it is told, `end` how it ends. */
export async function dial({ emulator = SHARED, query = {} } = {}) {
  const address = new URL(`${emulator.baseUrl.replace('http', 'ws')}/api/v2/connect`);
  const parameters = { api_key: emulator.apiKey, 'stream-auth-type': 'jwt', ...query };
  for (const [name, value] of Object.entries(parameters)) address.searchParams.set(name, value);
  const socket = new WebSocket(address);
  open.push(socket);
  const frames = new Inbox();
  socket.on('message', (data) => frames.push(JSON.parse(data.toString())));
  const end = new Promise((resolve) => {
    socket.once('close', (code, reason) => resolve({ code, reason: reason.toString() }));
  });
  // Awaited where a test cares.
  await within(new Promise((resolve, reject) => {
    socket.once('open', resolve);
    socket.once('error', reject);
  }), 'the upgrade');
  const send = (value) => socket.send(typeof value === 'string' ? value : JSON.stringify(value));
  const next = async (type) => (await frames.take((frame) => frame.type === type, type)).thing;
  return { socket, frames, send, next, end: () => within(end, 'the end of the connection') };
}

/** The first message of a user. */
export const hello = (id, details = {}, token = client.createToken(id)) => ({
  token,
  user_details: { id, ...details },
  products: ['chat'],
});

/** A connected user; `me` and `connection_id` are those of the first answer. */
export async function joined(id, details, options) {
  const made = await dial(options);
  made.send(hello(id, details));
  return Object.assign(made, await made.next('connection.ok'));
}
