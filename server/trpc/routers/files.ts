import {
  DeletedFile,
  FileCreateRequest,
  FileList,
  FileListRequest,
  FileObject,
  FileRequest,
} from '../../../shared/file.ts';
import { ownerOf } from '../call-scope.ts';
import { answering } from '../procedure-internals.ts';
import { procedure, router } from '../trpc.ts';

const tags = ['Files'];
const ONE = '/v1/files/{id}';

/** Files, in OpenAI's shapes. Over REST they are uploaded and read as bytes: `rest/files-routes.ts`. */
export const filesRouter = router({
  create: procedure
    .input(FileCreateRequest)
    .mutation(({ ctx, input }) => ctx.services.files.create(ownerOf(ctx), input)),

  list: answering(
    FileList,
    procedure
      .meta({ openapi: { method: 'GET', path: '/v1/files', tags, summary: 'List files', protect: true } })
      .input(FileListRequest)
      .query(({ ctx, input }) => ctx.services.files.list(ownerOf(ctx), input)),
  ),

  retrieve: answering(
    FileObject,
    procedure
      .meta({ openapi: { method: 'GET', path: ONE, tags, summary: 'Retrieve a file', protect: true } })
      .input(FileRequest)
      .query(({ ctx, input }) => ctx.services.files.retrieve(ownerOf(ctx), input.id)),
  ),

  /** What is in a file. */
  content: procedure.input(FileRequest).query(({ ctx, input }) => ctx.services.files.text(ownerOf(ctx), input.id)),

  delete: answering(
    DeletedFile,
    procedure
      .meta({ openapi: { method: 'DELETE', path: ONE, tags, summary: 'Delete a file', protect: true } })
      .input(FileRequest)
      .mutation(({ ctx, input }) => ctx.services.files.delete(ownerOf(ctx), input.id)),
  ),
});
