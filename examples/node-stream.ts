import { createTrestleClient, TrestleError } from 'trestle/client';

const trestle = createTrestleClient({
  url: process.env['TRESTLE_URL'] ?? 'http://127.0.0.1:8787',
  apiKey: process.env['TRESTLE_API_KEY'],
});
const model = 'claude-sonnet-5-5';

try {
  // Chunk by chunk. Leaving the loop ends Claude's work; a lost connection is made again by itself.
  const chunks = trestle.stream({
    model,
    messages: [{ role: 'user', content: 'Why do suspension bridges sway?' }],
    reasoning_effort: 'low',
  });
  chunks.on('state', (state) => console.error(`[${state}]`));
  for await (const { choices } of chunks) process.stdout.write(choices[0]?.delta.content ?? '');

  // Or the whole of it, put together.
  const counted = trestle.stream(
    {
      model,
      messages: [{ role: 'user', content: 'And arch bridges?' }],
      max_completion_tokens: 300,
      stream_options: { include_usage: true },
    },
    { deadlineMs: 60_000 },
  );
  const { choices, usage } = await counted.completion();
  console.log(`\n\n${choices[0]?.message.content ?? ''}\n\n${usage?.total_tokens} tokens`);
} catch (error) {
  if (!(error instanceof TrestleError)) throw error;
  console.error(`${error.message} (${error.status}, ${error.code ?? error.type})`);
  process.exitCode = 1;
} finally {
  await trestle.close();
}
