import { type AdminClient, type AdminSettings, allOf, asAdmin, dayOf, UsageError } from './admin-client.ts';
import { renderTable } from './table.ts';

/** Makes, lists and archives projects. Rejects with the server's refusal. */
export async function projects([order = 'list', which]: readonly string[], settings: AdminSettings): Promise<void> {
  const run = Object.hasOwn(ORDERS, order) ? ORDERS[order] : undefined;
  if (!run) throw new Error(`there is no "projects ${order}"; see trestle --help`);
  const found = await asAdmin(settings, (organization) => run(organization, which));
  const rows = found.map(({ id, name, status, created_at }) => ({
    id,
    name,
    status,
    created: dayOf(created_at),
  }));
  process.stdout.write(
    settings.json ? `${JSON.stringify(found, null, 2)}\n` : renderTable(rows, 'There are no projects.'),
  );
}

type Project = Awaited<ReturnType<AdminClient['projects']['retrieve']['query']>>;

const ORDERS: Readonly<Record<string, (organization: AdminClient, which: string | undefined) => Promise<Project[]>>> = {
  async create(organization, name) {
    if (name === undefined) throw new UsageError('a project needs a name: trestle projects create web');
    return [await organization.projects.create.mutate({ name })];
  },

  list: (organization) => allOf((page) => organization.projects.list.query(page)),

  async archive(organization, id) {
    if (id === undefined) throw new UsageError('this needs the id of a project, which `trestle projects list` shows');
    return [await organization.projects.archive.mutate({ project_id: id })];
  },
};
