import { textStream } from '../../text-stream';
import { trestle } from '../../trestle';

/** In Node, over one WebSocket for all callers. */
export async function POST(request: Request): Promise<Response> {
  const content = await request.text();
  return textStream(trestle.stream({ model: 'claude-sonnet-5-5', messages: [{ role: 'user', content }] }));
}
