import { QueryClient, QueryClientProvider } from '@tanstack/react-query';
import { createTRPCClient, createWSClient, httpLink, splitLink, wsLink } from '@trpc/client';
import { createTRPCContext } from '@trpc/tanstack-react-query';
import { type ReactNode, useState } from 'react';
import superjson from 'superjson';
import type { AppRouter } from 'trestle/client';
import { readSettings } from './settings.ts';

const { TRPCProvider, useTRPC } = createTRPCContext<AppRouter>();
export { useTRPC };

/** The server's router for tRPC's own hooks, its types inferred: calls over HTTP, streams over a WebSocket. */
export function TrpcProvider({ children }: { children: ReactNode }): ReactNode {
  const [queryClient] = useState(() => new QueryClient({ defaultOptions: { queries: { retry: false } } }));
  const [trpcClient] = useState(createClient);
  return (
    <QueryClientProvider client={queryClient}>
      <TRPCProvider trpcClient={trpcClient} queryClient={queryClient}>
        {children}
      </TRPCProvider>
    </QueryClientProvider>
  );
}

function createClient() {
  const { url, apiKey } = readSettings();
  const http = `${url.replace(/\/+$/, '')}/trpc`;
  const socket = createWSClient({
    url: http.replace(/^http/, 'ws'),
    connectionParams: { apiKey },
    lazy: { enabled: true, closeMs: 1000 },
  });
  return createTRPCClient<AppRouter>({
    links: [
      splitLink({
        condition: ({ type }) => type === 'subscription',
        true: wsLink({ client: socket, transformer: superjson }),
        false: httpLink({
          url: http,
          transformer: superjson,
          headers: apiKey === '' ? {} : { authorization: `Bearer ${apiKey}` },
        }),
      }),
    ],
  });
}
