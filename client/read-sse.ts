import { createParser, type EventSourceMessage } from 'eventsource-parser';

/** The server says something every 15 s; a connection that is silent for longer is taken to be lost. */
const SILENCE_MS = 45_000;

/** The events of an SSE answer as they come. Calls `stalled`, which has to end the answer, when nothing comes. */
export async function* readSse(
  body: ReadableStream<Uint8Array>,
  stalled: () => void,
): AsyncGenerator<EventSourceMessage, undefined> {
  const reader = body.getReader();
  const decoder = new TextDecoder();
  let events: EventSourceMessage[] = [];
  const parser = createParser({ onEvent: (event) => void events.push(event) });
  for (;;) {
    const timer = setTimeout(stalled, SILENCE_MS);
    const { done, value } = await reader.read().finally(() => clearTimeout(timer));
    if (done) return undefined;
    parser.feed(decoder.decode(value, { stream: true }));
    const arrived = events;
    events = [];
    yield* arrived;
  }
}
