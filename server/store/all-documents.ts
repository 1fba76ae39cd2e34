import type { Place, Storage, StoredDocument } from './storage.ts';

const PAGE = 1000;

/** All documents of one kind, the oldest first: those of one parent, or those without one. */
export async function* allDocuments(
  storage: Storage,
  of: Omit<Place, 'id'>,
  parent?: string,
): AsyncGenerator<StoredDocument> {
  for (let after: string | undefined, hasMore = true; hasMore;) {
    const page = await storage.list(of, { after, limit: PAGE, order: 'asc', parent });
    yield* page.documents;
    ({ hasMore } = page);
    after = page.documents.at(-1)?.id;
  }
}
