# Parley on the CPU. Build: docker build -t parley .   Run: docker run --rm -p 8080:8080 --env-file .env parley
# A stop lets calls in progress end for up to 30 s, and Docker kills after 10: docker stop --time 40 NAME

FROM node:20-bookworm-slim AS build
WORKDIR /app
COPY package.json package-lock.json .npmrc ./
RUN npm ci
COPY tsconfig.json tsconfig.build.json ./
COPY src ./src
RUN npm run build

FROM node:20-bookworm-slim AS runtime-modules
WORKDIR /app
COPY package.json package-lock.json .npmrc ./
RUN npm ci --omit=dev && npm cache clean --force
# ONNX Runtime brings its libraries for every platform, about 290 MB; only one of them can run here.
RUN cd node_modules/onnxruntime-node/bin/napi-v6 \
  && find . -mindepth 2 -maxdepth 2 -type d \
    ! -path "./$(node -p 'process.platform + "/" + process.arch')" -exec rm -rf {} + \
  && find . -type d -empty -delete

FROM node:20-bookworm-slim
WORKDIR /app
ENV NODE_ENV=production \
  HOST=0.0.0.0 \
  PORT=8080 \
  LOG_LEVEL=info
COPY --from=runtime-modules /app/node_modules ./node_modules
COPY --from=build /app/dist ./dist
COPY package.json LICENSE NOTICE ./
COPY config ./config
USER node
EXPOSE 8080
# Node ends calls in progress and exits on SIGTERM by itself, so it needs no init process.
STOPSIGNAL SIGTERM
HEALTHCHECK --interval=10s --timeout=3s --start-period=30s --retries=3 \
  CMD ["node", "-e", "fetch(`http://127.0.0.1:${process.env.PORT}/healthz`).then((r) => process.exit(r.ok ? 0 : 1), () => process.exit(1))"]
CMD ["node", "dist/cli.js", "serve"]
