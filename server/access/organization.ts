/** Owns all that the admin side makes: a server has one organization. */
export const ORGANIZATION = 'organization';
/** Unix seconds so far ahead that a document is never removed by itself. */
export const FOREVER = 1e11;
