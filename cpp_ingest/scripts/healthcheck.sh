#!/usr/bin/env bash
# Whether the server serves, in its own words: grpc.health.v1, where KEYSTONE_INGEST_ADDRESS says (default
# 127.0.0.1:50051). With TLS give its --tls-cert and --tls-key.
set -euo pipefail

exec keystone-ingest --probe "$@"
