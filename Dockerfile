# Layerhouse in a container:
#
#   docker build -t layerhouse .
#   docker run -d -p 5000:5000 -v /srv/registry:/var/lib/registry layerhouse
#
# Where the compiled part of better-sqlite3 can't be downloaded (the build stage fails in
# node-gyp), build with an image that has compilers: --build-arg BUILD_IMAGE=node:24.18-bookworm
# Not with a newer one: compiled with the headers of Node 24.19 or later, better-sqlite3 12 ends the
# process when it frees a statement (https://github.com/nodejs/node/issues/65446).

ARG NODE_IMAGE=node:24-bookworm-slim
ARG BUILD_IMAGE=${NODE_IMAGE}

FROM ${BUILD_IMAGE} AS build
WORKDIR /app
COPY package.json package-lock.json ./
RUN npm ci --no-audit --no-fund --ignore-scripts && npm rebuild better-sqlite3
COPY tsconfig.json ./
COPY config config
COPY src src
COPY routes routes
COPY storage storage
RUN npm run build && npm prune --omit=dev --ignore-scripts --no-audit --no-fund

FROM ${NODE_IMAGE}
ENV NODE_ENV=production \
    REGISTRY_STORAGE_FILESYSTEM_ROOTDIRECTORY=/var/lib/registry
WORKDIR /app
COPY --from=build /app/package.json ./
COPY --from=build /app/node_modules node_modules
COPY --from=build /app/dist dist
# The variable of registry:2 has the lower rank, so that either name in a compose file is heeded.
#
# The server never runs as root, yet the container starts as root: a directory that Docker makes for
# `-v /srv/registry:/var/lib/registry`, and one that registry:2 has used, belong to root, and the
# server could not write there. So the directory itself, nothing inside, is given to user 65532; then
# all rights are dropped for good and node takes the shell's place as process 1. The same holds for
# `docker exec <container> layerhouse <command>`, so that no command leaves files of root behind.
#
# Started as another user (`--user 1000`, `runAsUser`), nothing of this happens and the directory has
# to be writable for that user. That is also the way to run with `--cap-drop ALL` or `runAsNonRoot`:
# `--user 65532`, after `chown 65532 /srv/registry` once.
# What root wrote in there, such as a restored backup, needs `chown -R 65532 /srv/registry`.
RUN printf '%s\n' \
      '#!/bin/sh' \
      'set -eu' \
      'set -- node --max-semi-space-size=2 --v8-pool-size=1 /app/dist/src/main.js "$@"' \
      'if [ "$(id -u)" = 0 ]; then' \
      '  root=${LAYERHOUSE_STORAGE_ROOT:-$REGISTRY_STORAGE_FILESYSTEM_ROOTDIRECTORY}' \
      '  mkdir -p "$root"' \
      '  if [ "$(stat -c %u "$root")" = 0 ]; then' \
      '    chown 65532:65532 "$root"' \
      '  fi' \
      '  set -- setpriv --reuid=65532 --regid=65532 --clear-groups --no-new-privs -- "$@"' \
      'fi' \
      'exec "$@"' \
      > /usr/local/bin/layerhouse \
  && chmod 755 /usr/local/bin/layerhouse \
  && mkdir -p /var/lib/registry \
  && chown 65532:65532 /var/lib/registry

VOLUME /var/lib/registry
EXPOSE 5000
HEALTHCHECK --interval=30s --timeout=5s --start-period=30s \
  CMD ["node", "-e", "fetch(`http://127.0.0.1:${process.env.LAYERHOUSE_HTTP_PORT || 5000}/healthz`).then((answer) => process.exit(answer.ok ? 0 : 1), () => process.exit(1))"]
ENTRYPOINT ["layerhouse"]
CMD ["serve"]
