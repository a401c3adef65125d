"""A real Apache Kafka (KRaft) as plain processes on this machine: for demos and tests, not for data that matters.

Its jars come from Maven Central, once, into the user's cache. Nothing but this machine can reach it.
"""
