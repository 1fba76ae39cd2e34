import { Agent, type IncomingMessage, request } from 'node:http';
import { type Job, type Outcome, Stopwatch } from './job.ts';
import { FIRST_PIECE } from './sample-text.ts';

const FIRST = Buffer.from(FIRST_PIECE);
const EVENT = Buffer.from('data: {');

/** Keeps so many requests under way until the time is over, then waits for the last. Rejects when an answer is wrong. */
export async function loadHttp(job: Job): Promise<Outcome> {
  const agent = new Agent({ keepAlive: true, maxSockets: job.connections });
  const body = Buffer.from(JSON.stringify(job.body));
  const headers = { ...job.headers, 'content-type': 'application/json', 'content-length': body.length };
  const watch = new Stopwatch(job.seconds);

  const one = (): Promise<void> =>
    new Promise((resolve, reject) => {
      const startedAt = performance.now();
      const call = request(job.url, { agent, method: 'POST', headers }, (answer) => {
        const read = readAnswer(answer, job.stream, startedAt);
        resolve(read.then((firstToken) => watch.record(performance.now() - startedAt, firstToken)));
      });
      call.on('error', reject);
      call.end(body);
    });
  const connection = async (): Promise<void> => {
    while (watch.running) await one();
  };
  await Promise.all(Array.from({ length: job.connections }, connection));
  agent.destroy();
  return watch.outcome();
}

/** The milliseconds until the first content of a stream. */
function readAnswer(answer: IncomingMessage, stream: Job['stream'], startedAt: number): Promise<number | undefined> {
  return new Promise((resolve, reject) => {
    const end = stream ? Buffer.from(stream.end) : Buffer.alloc(0);
    let tail: Buffer = Buffer.alloc(0);
    let events = 0;
    let firstToken: number | undefined;
    answer.on('data', (chunk: Buffer) => {
      if (stream) {
        if (firstToken === undefined && chunk.includes(FIRST)) firstToken = performance.now() - startedAt;
        for (let at = chunk.indexOf(EVENT); at !== -1; at = chunk.indexOf(EVENT, at + EVENT.length)) events += 1;
      }
      if (chunk.length >= end.length) tail = chunk;
      else tail = Buffer.concat([tail, chunk]);
    });
    answer.on('error', reject);
    answer.on('end', () => {
      // The mark of an event may be cut in two, and is missed then: most of them is enough.
      const whole = stream === null || (events >= stream.events * 0.8 && tail.subarray(-end.length).equals(end));
      if (answer.statusCode === 200 && whole) resolve(firstToken);
      else reject(new Error(`${answer.statusCode}, ${events} events, …${tail.toString('utf8').slice(-300)}`));
    });
  });
}
