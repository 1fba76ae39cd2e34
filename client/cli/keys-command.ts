import { type AdminClient, type AdminSettings, allOf, asAdmin, dayOf, UsageError } from './admin-client.ts';
import { renderTable } from './table.ts';

export interface KeysSettings extends AdminSettings {
  /** The name or the id of a project. */
  project: string;
  /** What people call a new key. */
  name: string;
  /** The only models that a new key may use, with commas between them; empty for all. */
  models: string;
  /** After what time a new key is not valid any more, such as `90d`; empty for never. */
  expires: string;
  /** How long a key's earlier text is valid after it was rotated, such as `1h`. */
  grace: string;
}

const SECONDS: Readonly<Record<string, number>> = { s: 1, m: 60, h: 3600, d: 86_400, w: 7 * 86_400 };

/** Makes, lists, rotates and revokes the API keys of a project. Rejects with the server's refusal. */
export async function keys([order = 'list', id]: readonly string[], settings: KeysSettings): Promise<void> {
  const run = Object.hasOwn(ORDERS, order) ? ORDERS[order] : undefined;
  if (!run) throw new Error(`there is no "keys ${order}"; see trestle --help`);
  await asAdmin(settings, async (organization) => {
    const project_id = await projectIdOf(organization, settings.project);
    const { result, table } = await run({ organization, project_id, id, settings });
    process.stdout.write(settings.json ? `${JSON.stringify(result, null, 2)}\n` : table);
  });
}

interface Order {
  organization: AdminClient;
  project_id: string;
  id: string | undefined;
  settings: KeysSettings;
}
interface Done {
  result: unknown;
  table: string;
}

const ORDERS: Readonly<Record<string, (order: Order) => Promise<Done>>> = {
  async create({ organization, project_id, settings: { name, models, expires } }) {
    if (name === '') throw new UsageError('a key needs a name: --name');
    const list = models.split(',').filter((model) => model !== '');
    const made = await organization.keys.create.mutate({
      project_id,
      name,
      ...(list.length > 0 && { models: list }),
      ...(expires !== '' && { expires_in_seconds: secondsOf('--expires', expires) }),
    });
    return { result: made, table: shown(made) };
  },

  async list({ organization, project_id }) {
    const keys = await allOf((page) => organization.keys.list.query({ project_id, ...page }));
    const rows = keys.map(({ id, name, redacted_value, models, last_used_at, expires_at }) => ({
      id,
      name,
      key: redacted_value,
      models: models?.join(' ') ?? 'all',
      'last used': last_used_at === null ? 'never' : dayOf(last_used_at),
      expires: expires_at === null ? 'never' : dayOf(expires_at),
    }));
    return { result: keys, table: renderTable(rows, 'There are no keys.') };
  },

  async rotate({ organization, project_id, id, settings: { grace } }) {
    const grace_seconds = secondsOf('--grace', grace);
    const made = await organization.keys.rotate.mutate({ project_id, api_key_id: needed(id), grace_seconds });
    return { result: made, table: shown(made) };
  },

  async revoke({ organization, project_id, id }) {
    const result = await organization.keys.delete.mutate({ project_id, api_key_id: needed(id) });
    return { result, table: `${result.id} is revoked.\n` };
  },
};

/** Projects go by their names too, which are not always theirs alone. */
async function projectIdOf(organization: AdminClient, asked: string): Promise<string> {
  const projects = await allOf((page) => organization.projects.list.query(page));
  if (projects.some(({ id }) => id === asked)) return asked;
  const found = projects.filter(({ name }) => name === asked).map(({ id }) => id);
  const [only, other] = found;
  if (only === undefined)
    throw new UsageError(`there is no project "${asked}"; make it with: trestle projects create ${asked}`);
  if (other !== undefined)
    throw new UsageError(`several projects have the name "${asked}"; name one by its id: ${found.join(', ')}`);
  return only;
}

function needed(id: string | undefined): string {
  if (id === undefined) throw new UsageError('this needs the id of a key, which `trestle keys list` shows');
  return id;
}

function secondsOf(option: string, text: string): number {
  const [, count, unit] = /^(\d{1,6})([smhdw])$/.exec(text) ?? [];
  if (count === undefined)
    throw new UsageError(`${option} ${text}: expected a number with s, m, h, d or w, such as 90d`);
  return Number(count) * SECONDS[unit!]!;
}

function shown({ id, value }: { id: string; value: string }): string {
  return `${value}\n\n${id} is shown this once: keep it now.\n`;
}
