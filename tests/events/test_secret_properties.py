"""The Kafka user that AWS Secrets Manager keeps, as librdkafka takes it."""

from __future__ import annotations

import json
import subprocess
from pathlib import Path

import boto3
import pytest
from confluent_kafka import Producer
from moto import mock_aws

from keystone_nexus.events.settings import stream_settings
from keystone_nexus.lake.errors import EnvironmentFault, Refused


@pytest.fixture
def secret(monkeypatch):
    monkeypatch.setenv("AWS_DEFAULT_REGION", "us-east-1")
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "x")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "x")
    monkeypatch.setenv("KEYSTONE_KAFKA_BROKERS", "b-1:9096")
    monkeypatch.delenv("KEYSTONE_KAFKA_CONFIG", raising=False)

    def put(value: str) -> str:
        arn = boto3.client("secretsmanager").create_secret(Name="AmazonMSK_user", SecretString=value)["ARN"]
        monkeypatch.setenv("KEYSTONE_KAFKA_SECRET", arn)
        return arn

    with mock_aws():
        yield put


def test_a_user_and_a_password_are_scram_within_tls(secret):
    secret(json.dumps({"username": "keystone", "password": "hidden-word"}))
    settings = stream_settings()
    assert settings.properties == {
        "security.protocol": "SASL_SSL",
        "sasl.mechanism": "SCRAM-SHA-512",
        "sasl.username": "keystone",
        "sasl.password": "hidden-word",
    }
    assert "hidden-word" not in repr(settings)
    Producer(settings.client())


def test_a_certificate_and_its_key_are_mutual_tls(secret, tmp_path: Path):
    key, certificate = tmp_path / "key.pem", tmp_path / "certificate.pem"
    subprocess.run(
        ["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-days", "1",
         "-subj", "/CN=keystone", "-keyout", key, "-out", certificate],
        check=True, capture_output=True,
    )  # fmt: skip
    secret(json.dumps({"certificate": certificate.read_text(), "key": key.read_text()}))
    settings = stream_settings()
    assert settings.properties["security.protocol"] == "SSL"
    Producer(settings.client())


def test_a_file_of_properties_goes_before_the_secret(secret, monkeypatch, tmp_path: Path):
    secret(json.dumps({"username": "keystone", "password": "hidden-word"}))
    (tmp_path / "kafka.properties").write_text("sasl.mechanism=SCRAM-SHA-256\n")
    monkeypatch.setenv("KEYSTONE_KAFKA_CONFIG", str(tmp_path / "kafka.properties"))
    assert stream_settings().properties["sasl.mechanism"] == "SCRAM-SHA-256"


@pytest.mark.parametrize("value", ["hidden-word", '{"username": "keystone"}', '["hidden-word"]', '{"password": 5}'])
def test_a_secret_without_a_user_is_refused_without_its_text(secret, value):
    arn = secret(value)
    with pytest.raises(Refused, match="holds no Kafka user") as refused:
        stream_settings()
    assert arn in str(refused.value)
    assert "hidden-word" not in str(refused.value)


def test_a_secret_that_is_not_there_says_what_the_role_needs(secret, monkeypatch):
    monkeypatch.setenv("KEYSTONE_KAFKA_SECRET", secret("{}") + "gone")
    with pytest.raises(EnvironmentFault, match="secretsmanager:GetSecretValue"):
        stream_settings()
