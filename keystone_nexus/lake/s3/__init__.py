"""A lake on S3: `s3://NAME`, whose layers are the buckets `NAME-bronze`, `NAME-silver` and so on."""
