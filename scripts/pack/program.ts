// Compiled and run by scripts/check-pack.ts against the packed client, in a project that has nothing else.
import { type AppRouter, type ChatCompletionRequest, createTrestleClient, TrestleError } from 'trestle-client';
import { createTrestleRestClient } from 'trestle-client/rest';

declare const process: { env: Record<string, string | undefined>; stdout: { write(text: string): void } };

const url = process.env['TRESTLE_URL'] ?? 'http://127.0.0.1:8787';
const messages: ChatCompletionRequest['messages'] = [{ role: 'user', content: 'Hello!' }];
const request = { model: 'claude-sonnet-5-5', messages };

const trestle = createTrestleClient({ url });
const stream = trestle.stream(request, { deadlineMs: 30_000 });
for await (const { choices } of stream) process.stdout.write(choices[0]?.delta.content ?? '');
const completion = await trestle.complete(request, { extra: { wish: 'tea' } });
const noted: string[] = (completion.notices ?? []).map(({ param }) => param);
process.stdout.write(`\nnoted: ${noted.join(', ')}\n`);

const unknownModel = { ...request, model: 'no-model' };
// @ts-expect-error: a misspelt name
const misspelt = trestle.complete({ ...unknownModel, temprature: 1 });
const failed: unknown = await misspelt.catch((error: unknown) => error);
if (failed instanceof TrestleError) process.stdout.write(`failed: ${failed.code}\n`);
await trestle.close();

const { data } = await createTrestleRestClient({ url }).GET('/v1/models/{model}', {
  params: { path: { model: 'claude-opus-5-5' } },
});
process.stdout.write(`model: ${data?.id}\n`);

/** The router's type is there for tRPC's own clients. */
export type Procedures = keyof AppRouter['_def']['record']['chat'];
export const cancel: Procedures = 'cancel';
