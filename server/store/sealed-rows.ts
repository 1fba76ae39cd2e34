import type { Selectable } from 'kysely';
import type { Tables } from './migrations.ts';
import type { Seal } from './seal.ts';
import type { Place, StoredDocument } from './storage.ts';

/** What of a row makes a document. */
export const COLUMNS = ['id', 'created_at', 'expires_at', 'version', 'metadata', 'document'] as const;
type Row = Pick<Selectable<Tables['documents']>, (typeof COLUMNS)[number]>;

/** What of a row is sealed, each bound to its place. */
export class SealedRows {
  readonly #seal: Seal;

  constructor(seal: Seal) {
    this.#seal = seal;
  }

  /** What lists look for in place of a model's name. */
  labelOfModel(model: string): string {
    return this.#seal.label('model', model);
  }

  /** What lists look for in place of a note. */
  labelOfNote(name: string, value: string): string {
    return this.#seal.label(`metadata.${name}`, value);
  }

  sealDocument(place: Place, document: unknown): Pick<Tables['documents'], 'document'> {
    return { document: this.#seal.seal(JSON.stringify(document), nameOf(place, 'document')) };
  }

  sealMetadata(
    place: Place,
    metadata: Readonly<Record<string, string>>,
  ): Pick<Tables['documents'], 'metadata' | 'labels'> {
    const labels = Object.entries(metadata).map(([name, value]) => this.labelOfNote(name, value));
    const sealed = this.#seal.seal(JSON.stringify(metadata), nameOf(place, 'metadata'));
    return { metadata: sealed, labels: JSON.stringify(labels) };
  }

  /** The document of a row. Throws for one that something else has changed. */
  open(place: Place, row: Row): StoredDocument {
    const read = (column: 'document' | 'metadata'): string => this.#seal.open(row[column], nameOf(place, column));
    // Sound: it is what was written there.
    const metadata = JSON.parse(read('metadata')) as Record<string, string>;
    const { id, created_at: createdAt, version } = row;
    const json = read('document');
    return { id, document: JSON.parse(json) as unknown, createdAt, metadata, version, length: json.length };
  }
}

/** Names what is sealed by where it stands. */
function nameOf({ kind, owner, id }: Place, column: string): string {
  return [kind, owner, id, column].join('\0');
}
