import type { Limits } from '../../shared/rate-limit.ts';
import type { Place } from '../store/storage.ts';
import { ORGANIZATION } from './organization.ts';

/** A project as it is kept. */
export interface KeptProject {
  name: string;
  createdAt: number;
  /** Unix seconds, since when the keys of the project are not valid any more. */
  archivedAt: number | null;
  /** By the name of a model, or `all` for all models together. */
  limits?: Record<string, Limits>;
}

/** Stands for all models together where limits name a model. */
export const ALL_MODELS = 'all';

export function placeOfProject(id: string): Place {
  return { kind: 'project', owner: ORGANIZATION, id };
}
