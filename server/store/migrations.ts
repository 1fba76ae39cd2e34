import { type Generated, type Kysely, type Migration, Migrator } from 'kysely';
import type { LedgerEntry } from '../ledger/ledger.ts';

export interface Tables {
  documents: {
    /** In the order in which they came. */
    sequence: Generated<number>;
    kind: string;
    owner: string;
    id: string;
    parent: string;
    created_at: number;
    expires_at: number;
    /** Counts up with each change. */
    version: Generated<number>;
    /** JSON list of the labels of the models' names. */
    models: string;
    /** JSON list of the labels of the notes. */
    labels: string;
    /** Sealed JSON. */
    metadata: Uint8Array;
    /** Sealed JSON. The last column, since SQLite reads a row from its beginning. */
    document: Uint8Array;
  };
  seal_check: { id: number; sealed: Uint8Array };
  ledger: LedgerEntry;
  /** Amounts by the second in which they count. */
  counters: { counter: string; at: number; amount: number };
}

/** In the order of their names. One that was released is never changed. */
const MIGRATIONS: Record<string, Migration> = {
  '0001_documents': {
    async up({ schema }: Kysely<unknown>) {
      await schema
        .createTable('documents')
        .ifNotExists()
        .addColumn('sequence', 'integer', (column) => column.primaryKey().autoIncrement())
        .addColumn('kind', 'text', (column) => column.notNull())
        .addColumn('owner', 'text', (column) => column.notNull())
        .addColumn('id', 'text', (column) => column.notNull())
        .addColumn('parent', 'text', (column) => column.notNull())
        .addColumn('created_at', 'real', (column) => column.notNull())
        .addColumn('expires_at', 'real', (column) => column.notNull())
        .addColumn('version', 'integer', (column) => column.notNull().defaultTo(1))
        .addColumn('models', 'text', (column) => column.notNull())
        .addColumn('labels', 'text', (column) => column.notNull())
        .addColumn('metadata', 'blob', (column) => column.notNull())
        .addColumn('document', 'blob', (column) => column.notNull())
        .addUniqueConstraint('documents_place', ['kind', 'owner', 'id'])
        .execute();
      const listed = ['kind', 'owner', 'parent', 'created_at', 'sequence'];
      await schema.createIndex('documents_list').ifNotExists().on('documents').columns(listed).execute();
      await schema.createIndex('documents_expiry').ifNotExists().on('documents').columns(['expires_at']).execute();
      await schema
        .createTable('seal_check')
        .ifNotExists()
        .addColumn('id', 'integer', (column) => column.primaryKey())
        .addColumn('sealed', 'blob', (column) => column.notNull())
        .execute();
    },
  },
  '0002_ledger': {
    async up({ schema }: Kysely<unknown>) {
      let table = schema
        .createTable('ledger')
        .ifNotExists()
        // Those without one are all different.
        .addColumn('id', 'text', (column) => column.unique())
        .addColumn('at', 'real', (column) => column.notNull())
        .addColumn('keyId', 'text', (column) => column.notNull())
        .addColumn('model', 'text', (column) => column.notNull());
      for (const count of LEDGER_COUNTS) table = table.addColumn(count, 'integer', (column) => column.notNull());
      await table.addColumn('nanoDollars', 'integer').addColumn('priceVersion', 'text').execute();
      await schema.createIndex('ledger_at').ifNotExists().on('ledger').columns(['at', 'keyId', 'model']).execute();
    },
  },
  '0003_projects': {
    async up({ schema }: Kysely<unknown>) {
      await schema
        .alterTable('ledger')
        // The keys that there were before are in the configuration.
        .addColumn('projectId', 'text', (column) => column.notNull().defaultTo('default'))
        .execute();
      await schema.createIndex('ledger_key').ifNotExists().on('ledger').columns(['keyId', 'at']).execute();
    },
  },
  '0004_counters': {
    async up({ schema }: Kysely<unknown>) {
      await schema
        .createTable('counters')
        .ifNotExists()
        .addColumn('counter', 'text', (column) => column.notNull())
        .addColumn('at', 'integer', (column) => column.notNull())
        .addColumn('amount', 'integer', (column) => column.notNull())
        .addPrimaryKeyConstraint('counters_place', ['counter', 'at'])
        .execute();
      await schema.createIndex('counters_at').ifNotExists().on('counters').columns(['at']).execute();
    },
  },
};

/** Of the table as it was made; later columns come with a migration of their own. */
const LEDGER_COUNTS = [
  'inputTokens',
  'cacheReadTokens',
  'cacheWriteTokens',
  'outputTokens',
  'reasoningTokens',
  'webSearches',
];

/** Brings the tables up to date. Several processes may do so at once. */
export async function migrate(database: Kysely<Tables>): Promise<void> {
  const provider = { getMigrations: () => Promise.resolve(MIGRATIONS) };
  const { error } = await new Migrator({ db: database, provider }).migrateToLatest();
  if (error) throw error;
}
