# syntax=docker/dockerfile:1
# CloudSync in one image. Without DATABASE_URL it runs a PostgreSQL of its own in /data:
#
#     docker build -t cloudsync .
#     docker run -p 127.0.0.1:8080:8080 -v cloudsync:/data cloudsync

# The version of the package "node" in package.json, which is what `npm start` runs on elsewhere.
FROM node:24.21.0-trixie-slim AS base
WORKDIR /app

# Only what decides what is installed, so that a changed source file installs nothing again.
FROM base AS manifests
COPY package.json package-lock.json ./
COPY protocol/package.json protocol/
COPY crdt/package.json crdt/
COPY storage/package.json storage/
COPY client/package.json client/
COPY server/package.json server/
COPY web/package.json web/
COPY e2e/package.json e2e/
COPY bench/package.json bench/

FROM manifests AS web
RUN --mount=type=cache,target=/var/cache/npm \
    npm ci --cache=/var/cache/npm --workspace=web --include-workspace-root=false --ignore-scripts --no-audit --no-fund
COPY tsconfig.base.json ./
COPY protocol protocol
COPY crdt crdt
COPY storage storage
COPY client client
COPY web web
RUN npm run build --workspace=web

FROM manifests AS dependencies
RUN --mount=type=cache,target=/var/cache/npm \
    npm ci --cache=/var/cache/npm --omit=dev --workspace=server --include-workspace-root=false --no-audit --no-fund

FROM base
# PID 1 has to pass signals on, and to reap what the private PostgreSQL leaves behind.
RUN apt-get update \
    && apt-get install -y --no-install-recommends tini \
    && rm -rf /var/lib/apt/lists/* \
    && install -d -o node -g node -m 0700 /data
# The tree of the repository, links included: Node strips types only from files that are not below
# node_modules by their real path.
COPY --from=dependencies /app ./
COPY protocol protocol
COPY crdt crdt
COPY storage storage
COPY server server
COPY --from=web /app/web/dist web/dist
ENV NODE_ENV=production \
    HOST=0.0.0.0 \
    PORT=8080 \
    DATA_DIR=/data \
    MALLOC_ARENA_MAX=2 \
    MALLOC_MMAP_THRESHOLD_=1048576 \
    MALLOC_TRIM_THRESHOLD_=2097152
USER node
VOLUME /data
EXPOSE 8080
HEALTHCHECK --interval=10s --timeout=5s --start-period=90s --retries=3 \
    CMD ["node", "-e", "fetch(`http://127.0.0.1:${process.env.PORT}/healthz`).then((answer) => process.exit(answer.ok ? 0 : 1), () => process.exit(1))"]
ENTRYPOINT ["tini", "--"]
# As `npm start` does it: V8 would let the heap grow to four times what is in it before it collects, and
# would collect over and over while it is still small, which holds keystrokes up; and the C library would keep
# the megabytes of an upload that are given back to it, in many places.
CMD ["node", "--max-semi-space-size=8", "--heap-growing-percent=60", "--initial-old-space-size=56", "server/src/main.js"]
