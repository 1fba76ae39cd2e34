# syntax=docker/dockerfile:1
# The digest of the tag 24-slim; `docker buildx imagetools inspect node:24-slim` tells the current one.
FROM node:24-slim@sha256:a9f5f7c91a432850b2a8a7797adf5eadb6c733ceed61167806cee7ea7fbc29df AS build
WORKDIR /app
COPY package.json package-lock.json .npmrc ./
RUN npm ci --ignore-scripts
COPY tsconfig.json tsconfig.build.json openapi.json ./
COPY scripts/copy-swagger-ui.mjs scripts/
COPY shared shared
COPY server server
COPY client client
RUN npm run build && npm prune --omit=dev --ignore-scripts

FROM node:24-slim@sha256:a9f5f7c91a432850b2a8a7797adf5eadb6c733ceed61167806cee7ea7fbc29df
ENV NODE_ENV=production HOST=0.0.0.0 PORT=8787
WORKDIR /app
COPY --from=build /app/package.json ./
COPY --from=build /app/node_modules node_modules
COPY --from=build /app/dist dist
USER node
EXPOSE 8787
# With TRESTLE_WORKERS set, `docker kill -s HUP` replaces the workers one by one.
# HOST is not loopback here, so the server starts only with TRESTLE_API_KEYS.
HEALTHCHECK --interval=30s --timeout=3s --start-period=5s \
  CMD node -e "fetch('http://127.0.0.1:' + process.env.PORT + '/healthz').then((answer) => process.exit(answer.ok ? 0 : 1), () => process.exit(1))"
CMD ["node", "--min-semi-space-size=8", "--max-semi-space-size=8", "--no-parallel-scavenge", "--no-allocation-site-pretenuring", "--heap-growing-percent=100", "--no-memory-reducer", "--retain-maps-for-n-gc=1000", "--v8-pool-size=1", "dist/server/main.js"]
