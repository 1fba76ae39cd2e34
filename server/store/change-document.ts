import type { Place, Storage } from './storage.ts';

/**
 * Changes a document, again where another call was faster, so that nothing of what others changed is lost. Resolves to
 * the new state, or to undefined when there is no such document.
 *
 * @param change returns the new document, or undefined to leave it as it is; it may run more than once
 * @param renew whether the document is kept for its whole time again
 */
export async function changeDocument<Document>(
  storage: Storage,
  place: Place,
  change: (document: Document) => Document | undefined,
  renew = false,
): Promise<Document | undefined> {
  for (;;) {
    const found = await storage.get(place, renew);
    if (found === undefined) return undefined;
    const { version } = found;
    // Sound: documents of one kind have one type, which their owner names.
    const before = found.document as Document;
    const document = change(before);
    if (document === undefined) return before;
    if (await storage.update(place, { document, version })) return document;
  }
}
