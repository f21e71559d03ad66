# Parley. On the CPU:      docker build -t parley .                      docker run --rm -p 8080:8080 --env-file .env parley
# On an NVIDIA GPU (x64):  docker build --target gpu -t parley-gpu .     docker run --gpus all (the rest as above) parley-gpu
# A stop lets calls in progress end for up to 30 s, and Docker kills after 10: docker stop --time 40 NAME
# Calls, campaigns and the do-not-call list are kept in /data: docker run -v parley-data:/data parley
# Later containers start faster with the optimized models of earlier ones: docker run -v parley-cache:/home/node/.cache/parley

FROM node:20-bookworm-slim AS base
WORKDIR /app

FROM base AS build
COPY package.json package-lock.json .npmrc ./
RUN npm ci
COPY tsconfig.json tsconfig.build.json ./
COPY src ./src
RUN npm run build

FROM base AS runtime-modules
COPY package.json package-lock.json .npmrc ./
RUN npm ci --omit=dev && npm cache clean --force
# ONNX Runtime brings its libraries for every platform, about 290 MB; only one of them can run here.
RUN cd node_modules/onnxruntime-node/bin/napi-v6 \
  && find . -mindepth 2 -maxdepth 2 -type d \
    ! -path "./$(node -p 'process.platform + "/" + process.arch')" -exec rm -rf {} + \
  && find . -type d -empty -delete

FROM runtime-modules AS gpu-modules
# The package's own script fetches the CUDA provider of the same version from NuGet; TensorRT is not used.
RUN ONNXRUNTIME_NODE_INSTALL=true node node_modules/onnxruntime-node/script/install \
  && rm -f node_modules/onnxruntime-node/bin/napi-v6/linux/x64/libonnxruntime_providers_tensorrt.so

# ONNX Runtime 1.30 asks for CUDA 12.x and cuDNN 9.x. Ubuntu 22.04 leaves user 1000 free.
FROM nvidia/cuda:12.8.1-cudnn-runtime-ubuntu22.04 AS gpu
WORKDIR /app
ENV NODE_ENV=production \
  HOST=0.0.0.0 \
  PORT=8080 \
  LOG_LEVEL=info \
  DATA_DIR=/data
RUN useradd --uid 1000 --create-home node \
  && mkdir -p /home/node/.cache/parley /data && chown -R node:node /home/node/.cache /data
COPY --from=base /usr/local/bin/node /usr/local/bin/node
COPY --from=gpu-modules /app/node_modules ./node_modules
COPY --from=build /app/dist ./dist
COPY package.json LICENSE NOTICE ./
COPY config ./config
USER node
EXPOSE 8080
STOPSIGNAL SIGTERM
HEALTHCHECK --interval=10s --timeout=3s --start-period=30s --retries=3 \
  CMD ["node", "-e", "fetch(`http://127.0.0.1:${process.env.PORT}/healthz`).then((r) => process.exit(r.ok ? 0 : 1), () => process.exit(1))"]
CMD ["node", "dist/cli.js", "serve"]

FROM base AS cpu
ENV NODE_ENV=production \
  HOST=0.0.0.0 \
  PORT=8080 \
  LOG_LEVEL=info \
  DATA_DIR=/data
RUN mkdir -p /home/node/.cache/parley /data && chown -R node:node /home/node/.cache /data
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
