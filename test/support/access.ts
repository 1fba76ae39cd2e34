import { configuredCaller } from '../../server/calls/caller.ts';

/** What a key of the configuration may. */
export const { access: ACCESS } = configuredCaller('key', 'key');
