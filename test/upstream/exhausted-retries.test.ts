import { expect, test } from 'vitest';
import { startApp } from '../support/app-resource.ts';
import { errorOf } from '../support/rest-request.ts';
import { postChat } from './post-chat.ts';

// Pitfall 15: a 429 lost its headers on the way through the retries.

test.each([false, true])('a limit that holds after every try keeps its headers (stream: %s)', async (stream) => {
  await using app = await startApp({ environment: { TRESTLE_MAX_RETRIES: '1' } });
  for (const remaining of ['5', '0']) {
    app.fake.reply({
      status: 429,
      headers: {
        'retry-after-ms': '1',
        'anthropic-ratelimit-requests-limit': '50',
        'anthropic-ratelimit-requests-remaining': remaining,
      },
    });
  }
  const response = await postChat(app, { stream });
  expect(response.status).toBe(429);
  expect(await errorOf(response)).toMatchObject({ code: 'rate_limit_exceeded' });
  expect(response.headers.get('x-ratelimit-limit-requests')).toBe('50');
  expect(response.headers.get('x-ratelimit-remaining-requests')).toBe('0');
  expect(app.fake.requests).toHaveLength(2);
});
