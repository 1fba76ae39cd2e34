import type { Attempt } from './attempt.ts';
import { brokenConnection, toFailure, unreadable, type UpstreamFailure } from './failure.ts';

/** How the events of a stream are read: parsed, or as the texts that they are. */
export interface EventReading<Event> {
  read: (body: AsyncIterable<Buffer>) => AsyncGenerator<Event[]>;
  /** The kind of an event. */
  typeOf: (event: Event) => string;
  /** What an `error` event stands for. */
  failureOf: (event: Event) => UpstreamFailure;
  /** An `error` event is passed on as well, where the answer has begun. */
  passesErrors?: boolean;
}

/** Watches the silence between reads, turns `error` events into failures, and ends the call with the stream. */
export async function* watchEvents<Event>(
  { read, typeOf, failureOf, passesErrors = false }: EventReading<Event>,
  body: AsyncIterable<Buffer>,
  attempt: Attempt,
  idleTimeoutMs: number,
): AsyncGenerator<Event[]> {
  const batches = read(body);
  let hasBegun = false;
  try {
    for (;;) {
      const { done, value } = await batches.next();
      attempt.watchdog.stop();
      if (done) {
        attempt.finished = true;
        return;
      }
      const errorAt = value.findIndex((event) => typeOf(event) === 'error');
      hasBegun ||= value.some((event) => CONTENT.test(typeOf(event)));
      if (errorAt !== -1) {
        const before = value.slice(0, passesErrors && hasBegun ? errorAt + 1 : errorAt);
        if (before.length > 0) yield before;
        throw failureOf(value[errorAt]!);
      }
      yield value;
      attempt.watchdog.start(idleTimeoutMs);
    }
  } catch (thrown) {
    if (attempt.timedOut !== undefined) throw attempt.timedOut;
    throw thrown instanceof SyntaxError ? unreadable(thrown) : toFailure(thrown);
  } finally {
    attempt.dispose();
  }
}

/** Events by which Claude has begun to answer. Unknown ones are none: what fails after them may still be tried again. */
const CONTENT = /^content_block_|^message_(?:delta|stop)$/;

/** The events up to the first content. Throws when there is none. */
export async function readUntilContent<Event>(
  { typeOf }: EventReading<Event>,
  events: AsyncGenerator<Event[]>,
): Promise<Event[]> {
  const first: Event[] = [];
  for (;;) {
    const { done, value } = await events.next();
    if (done) throw brokenConnection(new Error('the stream ended before its first content event'));
    for (const event of value) first.push(event);
    if (value.some((event) => CONTENT.test(typeOf(event)))) return first;
  }
}

/** From here on a failure is final, so it is thrown as the caller's error. */
export async function* resumeEvents<Event>(first: Event[], events: AsyncGenerator<Event[]>): AsyncGenerator<Event[]> {
  try {
    yield first;
    yield* events;
  } catch (thrown) {
    throw toFailure(thrown).error;
  } finally {
    await events.return(undefined);
  }
}
