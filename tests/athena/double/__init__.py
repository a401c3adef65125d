"""Athena without AWS: its HTTP API in front of a real Trino, with Glue and S3 by moto. A test tool only.

    client --Athena's API--> server.py --REST--> Trino 476 --Glue, S3--> moto (aws.py)
       \\------------------ Glue, S3, STS ---------------------------------^

What Athena has and Trino has not is enforced here (`limits.py`, `workgroups.py`, `faults.py`). What this cannot prove
is in docs/athena.md.
"""
