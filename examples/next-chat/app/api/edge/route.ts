import { createTrestleClient } from 'trestle/client';
import { textStream } from '../../text-stream';

export const runtime = 'edge';

/** On the edge a client lives as long as its request, and takes HTTP. */
export async function POST(request: Request): Promise<Response> {
  const client = createTrestleClient({
    url: process.env['TRESTLE_URL'] ?? 'http://127.0.0.1:8787',
    apiKey: process.env['TRESTLE_API_KEY'],
    transport: 'http',
  });
  const content = await request.text();
  return textStream(client.stream({ model: 'claude-sonnet-5-5', messages: [{ role: 'user', content }] }));
}
