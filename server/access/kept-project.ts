import type { Place } from '../store/storage.ts';
import { ORGANIZATION } from './kept-key.ts';

/** A project as it is kept. */
export interface KeptProject {
  name: string;
  createdAt: number;
  /** Unix seconds, since when the keys of the project are not valid any more. */
  archivedAt: number | null;
}

export function placeOfProject(id: string): Place {
  return { kind: 'project', owner: ORGANIZATION, id };
}
