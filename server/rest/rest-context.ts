import type { FastifyRequest } from 'fastify';
import { Cancellation } from '../calls/cancellation.ts';
import { stateOf } from '../http/request-state.ts';
import type { Services } from '../services.ts';
import { type Context, createHttpContext } from '../trpc/context.ts';

/** The context of a call at a REST route, which ends when its request does. */
export function createRestContext(services: Services, { raw }: FastifyRequest, resumable: boolean): Context {
  const cancellation = new Cancellation();
  stateOf(raw)!.cancellation = cancellation;
  return createHttpContext(services, raw, cancellation, resumable);
}

/** A caller that gave its request no name, and leaves, is taken to have left for good: answers cost money. */
export function isNamed({ headers }: FastifyRequest): boolean {
  return headers['idempotency-key'] !== undefined;
}
