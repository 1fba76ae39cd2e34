import { createTRPCClient, httpLink, type TRPCClient } from '@trpc/client';
import type { AppRouter } from '../contract/app-router.ts';
import { plainJson } from '../contract/plain-json.ts';
import { checkedFetch } from '../errors/checked-fetch.ts';
import { toTrestleError } from '../errors/to-trestle-error.ts';

export interface AdminSettings {
  url: string;
  /** The server's TRESTLE_ADMIN_KEY. */
  adminKey: string;
  /** JSON in place of a table. */
  json: boolean;
}

export type AdminClient = TRPCClient<AppRouter>['organization'];

/** Calls the admin side of a server. Rejects without a key, and with the server's refusal, which names the server. */
export async function asAdmin<T>(
  { url, adminKey }: Pick<AdminSettings, 'url' | 'adminKey'>,
  call: (organization: AdminClient) => Promise<T>,
): Promise<T> {
  if (adminKey === '') throw new Error('this needs the admin key: --admin-key, or TRESTLE_ADMIN_KEY');
  const { organization } = createTRPCClient<AppRouter>({
    links: [
      httpLink({
        url: `${url.replace(/\/+$/, '')}/trpc`,
        headers: { authorization: `Bearer ${adminKey}` },
        transformer: plainJson,
        fetch: checkedFetch(undefined) as never,
      }),
    ],
  });
  try {
    return await call(organization);
  } catch (thrown) {
    if (thrown instanceof UsageError) throw thrown;
    throw new Error(`${url}: ${toTrestleError(thrown).message}`, { cause: thrown });
  }
}

interface Page<Item> {
  data: Item[];
  last_id: string | null;
  has_more: boolean;
}

/** The items of all pages of a list. */
export async function allOf<Item>(
  list: (page: { limit: number; after: string | undefined }) => Promise<Page<Item>>,
): Promise<Item[]> {
  const items: Item[] = [];
  for (let after: string | undefined, more = true; more;) {
    const page = await list({ limit: 100, after });
    for (const item of page.data) items.push(item);
    [after, more] = [page.last_id ?? undefined, page.has_more];
  }
  return items;
}

/** Unix seconds as a day, in UTC. */
export function dayOf(seconds: number): string {
  return new Date(seconds * 1000).toISOString().slice(0, 10);
}

/** What was typed can't be meant. */
export class UsageError extends Error {
  override readonly name = 'UsageError';
}
