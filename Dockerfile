# The platform's image: webserver, daemon, code location and runs are one image with different roles.
# What it installs is in deploy/install_*.sh, which `make test-images` runs without an engine.
#
#   docker buildx build --platform linux/arm64,linux/amd64 --build-arg DEBIAN=debian:12-slim@sha256:... -t keystone .
ARG DEBIAN=debian:12.12-slim

FROM ${DEBIAN} AS system
COPY deploy/install_system.sh /tmp/
RUN /tmp/install_system.sh && rm /tmp/install_system.sh
# The same numbers as on the host's directories. No shell, no home that could be written.
RUN useradd --system --uid 65532 --user-group --no-create-home --home-dir /tmp --shell /usr/sbin/nologin keystone

FROM system AS build
WORKDIR /opt/keystone/app
COPY deploy/install_app.sh deploy/
COPY pyproject.toml uv.lock README.md LICENSE NOTICE ./
RUN deploy/install_app.sh dependencies
COPY scripts/stubs.py scripts/
COPY protos protos
COPY analysis/exploratory_analysis.ipynb analysis/
COPY terraform terraform
COPY dagster.yaml workspace.yaml ./
COPY keystone_nexus_dbt keystone_nexus_dbt
COPY keystone_nexus keystone_nexus
RUN deploy/install_app.sh project

FROM system
ARG COMMIT=unknown
COPY deploy/entrypoint.sh deploy/healthcheck.sh deploy/make_buckets.py /opt/keystone/
COPY deploy/dagster.yaml deploy/workspace.yaml /opt/keystone/home/
COPY deploy/dagster.fargate.yaml /opt/keystone/fargate/dagster.yaml
COPY deploy/workspace.named.yaml /opt/keystone/fargate/workspace.yaml
# What a host takes out of the image, so that its units are of one version with it.
COPY deploy/run_container.sh deploy/roll_host.sh deploy/rollout.py deploy/workspace.yaml /opt/keystone/deploy/
COPY deploy/systemd /opt/keystone/deploy/systemd
# A checkout may be its owner's alone; an image is read by another user.
RUN chmod -R a+rX /opt/keystone
COPY --from=build /opt/keystone/app /opt/keystone/app
# /tmp is the only place that is written; it may be a tmpfs, the rest read-only.
ENV PATH=/opt/keystone/app/.venv/bin:/usr/local/bin:/usr/bin:/bin \
    HOME=/tmp \
    PYTHONDONTWRITEBYTECODE=1 \
    PYTHONUNBUFFERED=1 \
    DAGSTER_HOME=/opt/keystone/home \
    DAGSTER_DISABLE_TELEMETRY=1 \
    DAGSTER_EMIT_PARTITION_SUBSET_IN_PLANNED_EVENTS=1 \
    DAGSTER_EVENT_BATCH_SIZE=1000 \
    DAGSTER_PG_PORT=5432 \
    KEYSTONE_WORKSPACE=/opt/keystone/home/workspace.yaml \
    KEYSTONE_LOG=json \
    KEYSTONE_COMMIT=${COMMIT}
WORKDIR /tmp
USER 65532:65532
EXPOSE 3000 4000
STOPSIGNAL SIGTERM
HEALTHCHECK --interval=30s --timeout=20s --start-period=60s --retries=3 CMD ["/opt/keystone/healthcheck.sh"]
ENTRYPOINT ["/usr/bin/tini", "--", "/opt/keystone/entrypoint.sh"]
LABEL org.opencontainers.image.title="Keystone Nexus" \
      org.opencontainers.image.licenses="Apache-2.0" \
      org.opencontainers.image.revision="${COMMIT}"
