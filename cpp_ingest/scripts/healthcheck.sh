#!/usr/bin/env bash
# Whether the server answers: its metrics, read without any tool that the image would need for it.
set -euo pipefail

exec 3<> "/dev/tcp/127.0.0.1/${KEYSTONE_METRICS_PORT:-9464}"
printf 'GET /metrics HTTP/1.0\r\nHost: localhost\r\n\r\n' >&3
read -r -t 4 _ status _ <&3
[[ $status == 200 ]]
