import type { ChatStream } from 'trestle/client';

/** The text of an answer as it comes; a reader that leaves ends Claude's work. */
export function textStream(stream: ChatStream): Response {
  const encoder = new TextEncoder();
  const body = new ReadableStream<Uint8Array>({
    async pull(controller) {
      try {
        const { done, value } = await stream.next();
        if (done) return controller.close();
        controller.enqueue(encoder.encode(value.choices[0]?.delta.content ?? ''));
      } catch (error) {
        controller.error(error);
      }
    },
    async cancel() {
      await stream.return();
    },
  });
  return new Response(body, { headers: { 'content-type': 'text/plain; charset=utf-8' } });
}
