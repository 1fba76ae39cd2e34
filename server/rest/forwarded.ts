import type { FastifyReply, FastifyRequest } from 'fastify';
import { anthropicHeaders } from '../http/anthropic-error.ts';
import { stateOf } from '../http/request-state.ts';
import type { Context } from '../trpc/context.ts';

/** Adds the headers that Claude gave, in its own names, when the answer is there. */
export function passed(reply: FastifyReply, { records }: Context): FastifyReply {
  stateOf(reply.request.raw)!.ownHeaders = () => anthropicHeaders({ headers: records[0]?.upstreamHeaders });
  return reply;
}

/** The body as it came. The request lives as long as its answer, so that it does not keep the body. */
export function takeBody(request: FastifyRequest): string {
  const { body } = request;
  request.body = undefined;
  return typeof body === 'string' ? body : '';
}
