/** A request of a batch. */
const LINE = JSON.stringify({
  custom_id: 'request-1',
  method: 'POST',
  url: '/v1/chat/completions',
  body: { model: 'claude-sonnet-5-5', messages: [{ role: 'user', content: 'Hello!' }] },
});

/**
 * The routes of files that no procedure is behind, since what they take and give are bytes: what the OpenAPI document
 * has of them beside what every operation has.
 */
export const FILE_OPERATIONS: Readonly<Record<string, Readonly<Record<string, object>>>> = {
  '/v1/files': {
    post: {
      tags: ['Files'],
      operationId: 'files-create',
      summary: 'Upload a file',
      description:
        'Keeps a file, such as the requests of a batch. It is as long as a body may be, or an eighth of the memory of a server that stores things there.',
      requestBody: {
        required: true,
        content: {
          'multipart/form-data': {
            example: { purpose: 'batch', file: LINE },
            schema: {
              type: 'object',
              required: ['file', 'purpose'],
              properties: {
                file: { type: 'string', format: 'binary', description: 'The file.' },
                purpose: {
                  type: 'string',
                  enum: ['batch', 'user_data'],
                  description:
                    'What the file is for: `batch` for the lines of a batch, `user_data` for anything that is to be kept.',
                },
                'expires_after[anchor]': {
                  type: 'string',
                  enum: ['created_at'],
                  description: 'What the time is counted from.',
                },
                'expires_after[seconds]': {
                  type: 'integer',
                  minimum: 3600,
                  maximum: 2_592_000,
                  description: 'Seconds, at least an hour and at most 30 days.',
                },
              },
            },
          },
        },
      },
      responses: {
        '200': {
          description: 'The file that is kept',
          content: { 'application/json': { schema: { $ref: '#/components/schemas/File' } } },
        },
      },
    },
  },
  '/v1/files/{id}/content': {
    get: {
      tags: ['Files'],
      operationId: 'files-content',
      summary: 'Read a file',
      description: 'Gives what is in a file, such as the answers of a batch.',
      parameters: [
        { in: 'path', name: 'id', required: true, description: 'The id of the file.', schema: { type: 'string' } },
      ],
      responses: {
        '200': {
          description: 'The bytes of the file',
          content: { 'application/octet-stream': { schema: { type: 'string', format: 'binary' }, example: LINE } },
        },
      },
    },
  },
};
