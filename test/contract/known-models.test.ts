import { expect, it } from 'vitest';
import { MODELS } from '../../server/claude/models.ts';
import { KNOWN_MODELS } from '../../shared/model-id.ts';

it('the models that editors offer are those of the table, in its order', () => {
  expect(KNOWN_MODELS).toEqual(MODELS.map(({ id }) => id));
});
