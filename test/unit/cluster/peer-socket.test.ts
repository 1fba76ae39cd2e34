import { once } from 'node:events';
import { type AddressInfo, connect, createServer, type Socket } from 'node:net';
import { describe, expect, it } from 'vitest';
import { PeerSocket } from '../../../server/cluster/peer-socket.ts';

interface Pair extends AsyncDisposable {
  raw: Socket;
  here: PeerSocket;
  there: PeerSocket;
}

async function pair({ trusted = true } = {}): Promise<Pair> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const accepted = once(server, 'connection') as Promise<[Socket]>;
  const raw = connect((server.address() as AddressInfo).port, '127.0.0.1');
  const [other] = await accepted;
  return {
    raw,
    here: new PeerSocket(raw, true),
    there: new PeerSocket(other, trusted),
    async [Symbol.asyncDispose]() {
      raw.destroy();
      other.destroy();
      server.close();
      await once(server, 'close');
    },
  };
}

describe('a connection between workers', () => {
  it('carries any text, and messages of any length, in order and both ways', async () => {
    await using sockets = await pair();
    const messages = [{ text: 'a\nb\u2028c\u2029d\r😀' }, { text: 'x'.repeat(3_000_000) }, {}];
    void Promise.all(messages.map((message) => sockets.here.send(message)));
    for (const message of messages) expect(await sockets.there.next()).toEqual(message);
    await sockets.there.send({ back: true });
    expect(await sockets.here.next()).toEqual({ back: true });
  });

  it('makes the sender wait for a reader that is slow', async () => {
    await using sockets = await pair();
    const message = { text: 'x'.repeat(100_000) };
    let sent = 0;
    const all = (async (): Promise<void> => {
      for (; sent < 400; sent += 1) await sockets.here.send(message);
    })();
    await sockets.there.next();
    for (let before = -1; before < sent;) {
      before = sent;
      for (let turn = 0; turn < 100; turn += 1) await new Promise((resolve) => setImmediate(resolve));
    }
    expect(sent).toBeLessThan(300);
    for (let read = 1; read < 400; read += 1) expect(await sockets.there.next()).toEqual(message);
    await all;
  });

  it('gives what came before its end, and then nothing more', async () => {
    await using sockets = await pair();
    await sockets.here.send({ first: 1 });
    sockets.here.end({ last: 2 });
    expect([await sockets.there.next(), await sockets.there.next(), await sockets.there.next()]).toEqual([
      { first: 1 },
      { last: 2 },
      undefined,
    ]);
    await once(sockets.there.closed, 'abort').catch(() => {});
    await sockets.there.send({ late: true });
  });

  it('stops waiting when the reader leaves', async () => {
    await using sockets = await pair();
    const leaving = new AbortController();
    const next = sockets.there.next(leaving.signal);
    leaving.abort();
    expect(await next).toBeUndefined();
  });

  it.each(['GET / HTTP/1.1\r\n\r\n', '7\n', 'x'.repeat(2_000_000)])(
    'drops a stranger that says %.20s',
    async (text) => {
      await using sockets = await pair({ trusted: false });
      sockets.raw.write(text);
      expect(await sockets.there.next()).toBeUndefined();
      if (!sockets.there.closed.aborted) await once(sockets.there.closed, 'abort');
      expect(sockets.there.closed.aborted).toBe(true);
    },
  );
});
