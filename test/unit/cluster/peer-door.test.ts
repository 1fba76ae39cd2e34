import { once } from 'node:events';
import { connect } from 'node:net';
import { expect, it, vi } from 'vitest';
import type { Answer } from '../../../server/answers/answer.ts';
import { createCallRecord } from '../../../server/calls/call.ts';
import { CHAT_CHUNKS } from '../../../server/chat/chunks/chunk-store.ts';
import type { NumberedChunk } from '../../../server/chat/chunks/numbered-chunk.ts';
import { KeyOwners } from '../../../server/cluster/key-owners.ts';
import { PeerDoor, type PeerDoorOptions } from '../../../server/cluster/peer-door.ts';
import { Peers } from '../../../server/cluster/peers.ts';
import { openRemote, type RemoteAnswer } from '../../../server/cluster/remote-answer.ts';
import { ACCESS } from '../../support/access.ts';
import { type AppResource, startApp } from '../../support/app-resource.ts';
import { eventually } from '../../support/eventually.ts';
import { expectedWords, gate, words } from '../../support/word-stream.ts';
import { MODEL } from '../../upstream/post-chat.ts';

const OWNER = 'somebody';
const WORDS = 6;

/** An answer of a worker, of which another one reads the first half; the rest comes when it is let. */
async function startPair(app: AppResource): Promise<{
  answer: Answer<NumberedChunk>;
  open: () => void;
  read: () => Promise<RemoteAnswer<NumberedChunk>>;
  close: () => void;
}> {
  const { opened, open } = gate();
  app.fake.reply({ events: words(WORDS, (index) => (index === WORDS / 2 ? opened : undefined)) });
  const { services, holdings } = app.app;
  const owners = new KeyOwners(1, () => {});
  const door = new PeerDoor({ token: 'token', services, holdings, owners, snapshot: () => Promise.resolve([]) });
  const peers = new Peers(2, 'token');
  peers.update([[1, await door.listen()]]);
  const call = { strict: false, owner: OWNER, access: ACCESS, record: createCallRecord() };
  const request = { model: MODEL, messages: [{ role: 'user' as const, content: 'Hello' }] };
  const { answer } = holdings.requests.stream(services.chat, call, { request });
  return {
    answer,
    open,
    read: async () => {
      const asked = { ask: 'read' as const, format: CHAT_CHUNKS.name, owner: OWNER, lastEventId: `${answer.id}:-1` };
      return (await openRemote(peers, 1, asked, CHAT_CHUNKS))!.answer;
    },
    close: () => door.close(),
  };
}

async function textOf(answer: RemoteAnswer<NumberedChunk>, onText: () => void = () => {}): Promise<string> {
  let text = '';
  for await (const { chunk } of answer.read(0, new AbortController().signal)) {
    text += chunk.choices[0]?.delta.content ?? '';
    if (text !== '') onText();
  }
  return text;
}

it('has a reader from the moment another worker asks: one that leaves just then does not end the answer', async () => {
  await using app = await startApp();
  const { answer: local, open, read, close } = await startPair(app);
  const { answerStore } = app.app.services;
  const attach = answerStore.attach.bind(answerStore);
  vi.spyOn(answerStore, 'attach').mockImplementationOnce((answer) => {
    attach(answer);
    queueMicrotask(() => answerStore.detach(answer, 'gone'));
  });
  const answer = await read();
  open();
  expect(await textOf(answer)).toBe(expectedWords(WORDS));
  expect(local.running).toBe(false);
  answer.leave('lost');
  close();
});

it('tells the reader of another worker why its answer ends when the server stops', async () => {
  await using app = await startApp();
  const { read, close } = await startPair(app);
  const answer = await read();
  let stopping: Promise<unknown> | undefined;
  const text = textOf(answer, () => {
    stopping ??= app.app.services.runningCalls.drain(0);
  });
  await expect(text).rejects.toMatchObject({ status: 503, code: 'draining' });
  answer.leave('lost');
  await stopping;
  close();
});

it('closes the connection of one without the token, who keeps its own side open', async () => {
  // Sound: a stranger reaches none of them.
  const door = new PeerDoor({ token: 'token', snapshot: () => Promise.resolve([]) } as unknown as PeerDoorOptions);
  const stranger = connect({ port: await door.listen(), host: '127.0.0.1', allowHalfOpen: true });
  stranger.on('error', () => {});
  stranger.write('{"token":"wrong"}\n');
  await once(stranger.resume(), 'end');
  // Refused only where nobody is on the other side any more.
  await eventually(() => {
    stranger.write(' ');
    expect(stranger.destroyed).toBe(true);
  });
  door.close();
});
