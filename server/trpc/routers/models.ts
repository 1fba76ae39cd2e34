import { z } from 'zod';
import { Model, ModelList, ModelRequest } from '../../../shared/model.ts';
import { partyOf } from '../call-scope.ts';
import { procedure, router } from '../trpc.ts';

const tags = ['Models'];

export const modelsRouter = router({
  list: procedure
    .meta({ openapi: { method: 'GET', path: '/v1/models', tags, summary: 'List the models', protect: true } })
    .input(z.looseObject({}).optional())
    .output(ModelList)
    .query(async ({ ctx }) => ({
      object: 'list' as const,
      data: await ctx.services.catalogue.list(partyOf(ctx).access, ctx.services.modelAliases),
    })),

  retrieve: procedure
    .meta({ openapi: { method: 'GET', path: '/v1/models/{model}', tags, summary: 'Retrieve a model', protect: true } })
    .input(ModelRequest)
    .output(Model)
    .query(({ ctx, input }) =>
      ctx.services.catalogue.retrieve(partyOf(ctx).access, input.model, ctx.services.modelAliases),
    ),
});
