import type { FastifyReply, FastifyRequest } from 'fastify';
import { TrestleError } from '../../shared/error.ts';
import { FileUploadFields } from '../../shared/file.ts';
import type { Handler } from '../http/route.ts';
import type { Services } from '../services.ts';
import { answerCall } from '../trpc/call-scope.ts';
import { nestQuery } from './nested-query.ts';
import { readUpload } from './read-upload.ts';
import { createRestContext } from './rest-context.ts';
import { sendAnswer } from './send-answer.ts';
import { sendBytes } from './send-bytes.ts';

const UPLOAD_TYPE = /^multipart\/form-data\s*(?:;|$)/i;
const NESTED = { objects: new Set(['expires_after']), lists: new Set<string>() };

/** Takes a file as OpenAI's clients upload it. */
export function uploadHandler(services: Services): Handler {
  const { files } = services;
  return (request, reply) => {
    const context = createRestContext(services, request, false);
    const answered = answerCall(context, 'files.create', async ({ owner }) => {
      if (!UPLOAD_TYPE.test(request.headers['content-type'] ?? ''))
        throw new TrestleError('unsupported_media_type', 'A file is uploaded as multipart/form-data');
      const { fields, file } = await readUpload(request.raw, {
        maxBytes: files.maxBytes,
        tooLarge: () => files.tooLarge(),
        take: async (filename, content) => ({ filename, draft: await files.receive(owner, content) }),
        discard: ({ draft }) => draft.discard(),
      });
      if (file === undefined)
        throw new TrestleError('missing_required_parameter', "Missing required parameter: 'file'.", { param: 'file' });
      const { filename, draft } = file;
      try {
        const details = FileUploadFields.parse(nestQuery(fields, NESTED));
        return JSON.stringify(await draft.publish({ ...details, filename }));
      } catch (thrown) {
        await draft.discard();
        throw thrown;
      }
    });
    return sendAnswer(answered, reply, 0);
  };
}

/** Gives what is in a file, as it is kept. */
export function contentHandler(services: Services): Handler {
  return async (request: FastifyRequest, reply: FastifyReply) => {
    const context = createRestContext(services, request, false);
    await answerCall(context, 'files.content', async ({ owner }) => {
      const { id } = request.params as { id: string };
      const content = await services.files.content(owner, id);
      const { stallTimeoutMs } = services.config;
      await sendBytes(reply, content, { type: 'application/octet-stream', stallTimeoutMs });
    });
    return reply;
  };
}
