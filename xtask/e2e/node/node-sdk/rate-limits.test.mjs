// Quotas: the headers of every answer, what is left, and what happens when nothing is.

import assert from 'node:assert/strict';
import { describe, it } from 'node:test';

import { unique, withEmulator } from '../support.mjs';
import { client, clientOf } from './client.mjs';

const one = { payload: { filter_conditions: {}, limit: 1 } };

describe('rate limits', () => {
  it('are in every answer', async () => {
    const first = (await client.queryUsers(one)).metadata;
    const second = (await client.queryUsers(one)).metadata;
    for (const { rateLimit, responseHeaders } of [first, second]) {
      assert.equal(rateLimit.rateLimit, Number(responseHeaders.get('x-ratelimit-limit')));
      assert.ok(rateLimit.rateLimitReset > new Date());
      assert.ok(rateLimit.rateLimitReset.getTime() <= Date.now() + 60_000);
    }
    const [before, after] = [first.rateLimit, second.rateLimit];
    assert.ok(before.rateLimitRemaining < before.rateLimit);
    assert.ok(
      after.rateLimitRemaining < before.rateLimitRemaining || after.rateLimitReset > before.rateLimitReset,
    );
  });

  it('are in errors, and where there is no such path', async () => {
    for (const request of [
      () => client.getTask({ id: unique('task') }),
      () => client.video.call('default', unique('call')).startTranscription(),
    ]) {
      await assert.rejects(request, (error) => {
        assert.equal(error.code, 16);
        assert.equal(error.metadata.responseCode, 404);
        assert.equal(typeof error.metadata.rateLimit.rateLimit, 'number');
        return true;
      });
    }
    await assert.rejects(client.video.call('default', unique('call')).startTranscription(), {
      message: 'Stream error code 16: Request failed with error: "Not Found"',
    });
  });

  it('can be asked for', async () => {
    const all = await client.getRateLimits();
    for (const platform of ['server_side', 'android', 'ios', 'web', 'unity']) {
      assert.ok(all[platform].QueryUsers.limit > 0, platform);
    }
    const some = await client.getRateLimits({ server_side: true, android: true });
    assert.ok(some.server_side && some.android);
    assert.ok(!some.ios && !some.web && !some.unity);
    const endpoints = 'QueryChannels,GetRateLimits';
    const { server_side } = await client.getRateLimits({ server_side: true, endpoints });
    assert.deepEqual(Object.keys(server_side).sort(), ['GetRateLimits', 'QueryChannels']);
    assert.ok(server_side.GetRateLimits.remaining < server_side.GetRateLimits.limit);
  });

  it('are enforced where they are documented', async () => {
    await withEmulator(['--rate-limits=documented'], async (emulator) => {
      const strict = clientOf(emulator);
      await strict.upsertUsers([{ id: 'ada' }]);
      const spend = async () => {
        // A minute may begin in between; then what was counted is forgotten once.
        for (let n = 0; n <= 2 * 60; n += 1) {
          await strict.deactivateUser({ user_id: 'ada' });
          await strict.reactivateUser({ user_id: 'ada' });
        }
      };
      await assert.rejects(spend(), (error) => {
        assert.equal(error.code, 9);
        assert.match(error.message, /Too many requests/);
        const { responseCode, responseHeaders, rateLimit } = error.metadata;
        assert.equal(responseCode, 429);
        assert.equal(rateLimit.rateLimit, 60);
        assert.equal(rateLimit.rateLimitRemaining, 0);
        assert.match(responseHeaders.get('retry-after'), /^\d+$/);
        return true;
      });
    });
  });
});
