import { existsSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { FastifyInstance, FastifyReply } from 'fastify';
import { PUBLIC, route } from '../http/route.ts';
import { VERSION } from '../version.ts';

const PAGE = `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>Trestle: REST reference</title>
<link rel="icon" href="data:,">
<link rel="stylesheet" href="docs/swagger-ui.css">
</head>
<body>
<div id="reference"></div>
<script src="docs/swagger-ui-bundle.js"></script>
<script src="docs/start.js"></script>
</body>
</html>
`;

const START = `window.ui = SwaggerUIBundle({ url: 'openapi.json', dom_id: '#reference', deepLinking: true, validatorUrl: null });\n`;

const FILES = {
  'swagger-ui.css': 'text/css; charset=utf-8',
  'swagger-ui-bundle.js': 'text/javascript; charset=utf-8',
} as const;

/** Swagger UI writes styles into the page, and draws its icons from data. */
const HEADERS = {
  'content-security-policy':
    "default-src 'none'; script-src 'self'; style-src 'self' 'unsafe-inline'; img-src 'self' data:; connect-src 'self'; " +
    "base-uri 'none'; form-action 'none'; frame-ancestors 'none'",
  'x-frame-options': 'DENY',
  'x-content-type-options': 'nosniff',
  'referrer-policy': 'no-referrer',
};

/**
 * The API's document at `/openapi.json`, and the interactive reference at `/docs`: Swagger UI from our own folder, so that it works offline. All of its addresses are
 * relative, so that it works below a path of a proxy's as well.
 */
export function registerDocsPage(app: FastifyInstance): void {
  const folder = swaggerFolder();
  const answer = (reply: FastifyReply, type: string, body: string | Buffer): FastifyReply =>
    reply.headers(HEADERS).type(type).send(body);
  route(
    app,
    'GET',
    '/docs',
    async (request, reply) => {
      // Relative addresses start from the folder, which a slash at the end would make one deeper.
      if (/\/+($|\?)/.test(request.url)) return reply.redirect('../docs', 308);
      return answer(reply, 'text/html; charset=utf-8', PAGE);
    },
    PUBLIC,
  );
  route(
    app,
    'GET',
    '/docs/start.js',
    async (_request, reply) => answer(reply, 'text/javascript; charset=utf-8', START),
    PUBLIC,
  );
  let document: string | undefined;
  route(
    app,
    'GET',
    '/openapi.json',
    async (_request, reply) => {
      if (document === undefined) {
        // What writes it takes 80 ms and 11 MB to load, and few ask for it.
        const { createOpenApiDocument } = await import('./openapi-document.ts');
        document = JSON.stringify(createOpenApiDocument(VERSION));
      }
      return reply.type('application/json; charset=utf-8').send(document);
    },
    PUBLIC,
  );
  for (const [name, type] of Object.entries(FILES)) {
    route(
      app,
      'GET',
      `/docs/${name}`,
      async (_request, reply) =>
        answer(reply.header('cache-control', 'public, max-age=3600'), type, await readFile(join(folder, name))),
      PUBLIC,
    );
  }
}

/** Where the build has copied Swagger UI to; run from the sources, its package. */
function swaggerFolder(): string {
  const copied = fileURLToPath(new URL('./swagger-ui/', import.meta.url));
  if (existsSync(copied)) return copied;
  return dirname(createRequire(import.meta.url).resolve('swagger-ui-dist/package.json'));
}
