import OpenAI from 'openai-7';
import type { NewApiKey } from '../../shared/api-key.ts';
import type { Project } from '../../shared/project.ts';
import type { AppResource } from '../support/app-resource.ts';

export const ADMIN = 'admin-key';

/** A server whose keys are all made by the admin side; it is reached under a loopback name. */
export const MANAGED = { TRESTLE_API_KEYS: '', TRESTLE_ADMIN_KEY: ADMIN };

/** The admin side as OpenAI's own client sees it. */
export function adminOf({ url }: Pick<AppResource, 'url'>): OpenAI['admin']['organization'] {
  return new OpenAI({ adminAPIKey: ADMIN, apiKey: ADMIN, baseURL: `${url}/v1`, maxRetries: 0 }).admin.organization;
}

/** A request to the admin side. */
export async function ask(
  { url }: Pick<AppResource, 'url'>,
  method: 'GET' | 'POST' | 'DELETE',
  path: string,
  body?: object,
  key: string = ADMIN,
): Promise<Response> {
  return await fetch(`${url}/v1/organization/${path}`, {
    method,
    headers: { authorization: `Bearer ${key}`, 'content-type': 'application/json' },
    ...(body && { body: JSON.stringify(body) }),
  });
}

export async function newProject(app: Pick<AppResource, 'url'>, name = 'web'): Promise<Project> {
  return (await (await ask(app, 'POST', 'projects', { name })).json()) as Project;
}

/** A key of a project. Throws for what the server refuses. */
export async function newKey(app: Pick<AppResource, 'url'>, project: string, fields: object = {}): Promise<NewApiKey> {
  const made = await ask(app, 'POST', `projects/${project}/api_keys`, { name: 'a key', ...fields });
  if (!made.ok) throw new Error(await made.text());
  return (await made.json()) as NewApiKey;
}
