import type { TRPCClient } from '@trpc/client';
import type { inferRouterError, inferRouterInputs, inferRouterOutputs } from '@trpc/server';
import { expectTypeOf } from 'vitest';
import type { AppRouter } from '../../client/contract/app-router.ts';
import type { AppRouter as ServerRouter } from '../../server/trpc/routers/app-router.ts';

// Checked by `npm run typecheck`, never run. The client's view of the router is the router's own.
export function inputsAreTheServers(): void {
  expectTypeOf<inferRouterInputs<AppRouter>>().toEqualTypeOf<inferRouterInputs<ServerRouter>>();
}

export function outputsAreTheServers(): void {
  type Client = inferRouterOutputs<AppRouter>;
  type Server = inferRouterOutputs<ServerRouter>;
  expectTypeOf<Client['models']>().toEqualTypeOf<Server['models']>();
  expectTypeOf<Client['chat']['complete']>().toEqualTypeOf<Server['chat']['complete']>();
  expectTypeOf<Client['chat']['countTokens']>().toEqualTypeOf<Server['chat']['countTokens']>();
  expectTypeOf<Client['chat']['cancel']>().toEqualTypeOf<Server['chat']['cancel']>();
  expectTypeOf<Client['chat']['stored']>().toEqualTypeOf<Server['chat']['stored']>();
  expectTypeOf<Client['organization']>().toEqualTypeOf<Server['organization']>();
  expectTypeOf<Client['responses']['create']>().toEqualTypeOf<Server['responses']['create']>();
  expectTypeOf<Client['responses']['retrieve']>().toEqualTypeOf<Server['responses']['retrieve']>();
  expectTypeOf<Client['responses']['delete']>().toEqualTypeOf<Server['responses']['delete']>();
  expectTypeOf<Client['responses']['inputItems']>().toEqualTypeOf<Server['responses']['inputItems']>();
  expectTypeOf<Client['messages']['create']>().toEqualTypeOf<Server['messages']['create']>();
  expectTypeOf<Client['messages']['countTokens']>().toEqualTypeOf<Server['messages']['countTokens']>();
}

export function errorsAreTheServers(): void {
  expectTypeOf<inferRouterError<AppRouter>['data']>().toEqualTypeOf<inferRouterError<ServerRouter>['data']>();
}

/** What the procedures are called by, and what streams give. */
export function callsAreTheServers(client: TRPCClient<AppRouter>, server: TRPCClient<ServerRouter>): void {
  expectTypeOf(client.chat.stream.subscribe).toEqualTypeOf<typeof server.chat.stream.subscribe>();
  expectTypeOf(client.chat.resume.subscribe).toEqualTypeOf<typeof server.chat.resume.subscribe>();
  expectTypeOf(client.responses.stream.subscribe).toEqualTypeOf<typeof server.responses.stream.subscribe>();
  expectTypeOf(client.responses.resume.subscribe).toEqualTypeOf<typeof server.responses.resume.subscribe>();
  expectTypeOf<keyof typeof client.responses>().toEqualTypeOf<keyof typeof server.responses>();
  expectTypeOf(client.messages.stream.subscribe).toEqualTypeOf<typeof server.messages.stream.subscribe>();
  expectTypeOf<keyof typeof client.messages>().toEqualTypeOf<keyof typeof server.messages>();
  expectTypeOf<keyof typeof client.chat>().toEqualTypeOf<keyof typeof server.chat>();
  expectTypeOf<keyof typeof client.chat.stored>().toEqualTypeOf<keyof typeof server.chat.stored>();
  expectTypeOf<keyof typeof client.models>().toEqualTypeOf<keyof typeof server.models>();
}
