import type { ServerResponse } from 'node:http';
import type { FastifyReply } from 'fastify';

/** Takes the response away from Fastify, together with the headers that its hooks have set. */
export function takeOver(reply: FastifyReply): ServerResponse {
  const headers = Object.entries(reply.getHeaders());
  reply.hijack();
  for (const [name, value] of headers) if (value !== undefined) reply.raw.setHeader(name, value);
  return reply.raw;
}
