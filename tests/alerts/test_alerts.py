"""Alerts reach SNS and the heartbeat CloudWatch; nothing secret goes out, and a service that fails fails no run."""

from __future__ import annotations

import json
import logging
from datetime import UTC, datetime
from pathlib import Path

import boto3
import dagster as dg
import pytest
from moto import mock_aws

from keystone_nexus.alerts.heartbeat import METRIC, NAMESPACE, beat
from keystone_nexus.alerts.publish import TOPIC, publish
from keystone_nexus.alerts.words import HIDDEN, LONGEST, safe
from keystone_nexus.lake.lake import Lake
from keystone_nexus.orchestration.automation import write_alert

REGION = "us-east-1"


@pytest.fixture
def aws(monkeypatch: pytest.MonkeyPatch):
    for name, value in {
        "AWS_ACCESS_KEY_ID": "x", "AWS_SECRET_ACCESS_KEY": "x", "AWS_DEFAULT_REGION": REGION,
    }.items():  # fmt: skip
        monkeypatch.setenv(name, value)
    with mock_aws():
        yield


@pytest.fixture
def inbox(aws, monkeypatch: pytest.MonkeyPatch):
    """A queue that the topic delivers to."""
    sns, sqs = boto3.client("sns", region_name=REGION), boto3.client("sqs", region_name=REGION)
    topic = sns.create_topic(Name="alerts")["TopicArn"]
    queue = sqs.create_queue(QueueName="inbox")["QueueUrl"]
    arn = sqs.get_queue_attributes(QueueUrl=queue, AttributeNames=["QueueArn"])["Attributes"]["QueueArn"]
    sns.subscribe(TopicArn=topic, Protocol="sqs", Endpoint=arn)
    monkeypatch.setenv(TOPIC, topic)

    def messages() -> list[dict]:
        found = sqs.receive_message(QueueUrl=queue, MaxNumberOfMessages=10).get("Messages", [])
        return [json.loads(m["Body"]) for m in found]

    return messages


def test_an_alert_is_a_line_in_the_lake_and_a_message(tmp_path: Path, inbox):
    write_alert(
        Lake(tmp_path, "staging"), "gate_failed", "silver/orders: 12 rows", run_id="r1", rows=[{"id": "secret"}]
    )
    (message,) = inbox()
    assert message["Subject"] == "Keystone staging: gate failed"
    assert json.loads(message["Message"]) == {
        "environment": "staging",
        "kind": "gate_failed",
        "text": "silver/orders: 12 rows",
        "run_id": "r1",
    }
    assert json.loads((tmp_path / "alerts.jsonl").read_text())["kind"] == "gate_failed"


def test_without_a_topic_nothing_is_sent(tmp_path: Path, aws, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.delenv(TOPIC, raising=False)
    assert not publish("prod", "run_failed", "x", {})


@pytest.mark.parametrize(
    "topic", ["arn:aws:sns:us-east-1:123456789012:none", "alerts", "arn:aws:sns::"], ids=["none", "no ARN", "cut"]
)
def test_a_topic_that_fails_is_logged_and_fails_nothing(tmp_path: Path, aws, monkeypatch, caplog, topic: str):
    monkeypatch.setenv(TOPIC, topic)
    with caplog.at_level(logging.ERROR):
        write_alert(Lake(tmp_path), "run_failed", "the disk is full")
    assert "did not reach" in caplog.text
    assert topic in caplog.text
    assert "the disk is full" in (tmp_path / "alerts.jsonl").read_text()


@pytest.mark.parametrize(
    ("text", "hidden"),
    [
        ("key AKIAIOSFODNN7EXAMPLE refused", "AKIAIOSFODNN7EXAMPLE"),
        ("postgresql://dagster:hunter2@db:5432 refused", "hunter2"),
        ("password=hunter2 was wrong", "hunter2"),
        ("KAGGLE_KEY token: abcdef", "abcdef"),
        ("GET https://x/?X-Amz-Signature=deadbeef&a=1", "deadbeef"),
        ("wJalrXUtnFEMIK7MDENGbPxRfiCYEXAMPLEKEYabcd refused", "wJalrXUtnFEMIK7MDENGbPxRfiCYEXAMPLEKEYabcd"),
        ("it failed\nTraceback (most recent call last):\n  row = {'customer': 'Ana'}", "Ana"),
    ],
)
def test_no_secret_and_no_row_goes_out(text: str, hidden: str):
    said = safe(text)
    assert hidden not in said
    assert said


def test_a_digest_and_a_sentence_stay_and_a_long_text_is_cut():
    sentence = f"bronze/orders/{'ab' * 32}.parquet is damaged: restore it"
    assert safe(sentence) == sentence
    assert len(safe("word " * 1000)) == LONGEST
    assert HIDDEN in safe("secret=x")


def test_the_heartbeat_is_a_metric_of_the_environment(aws):
    assert beat("prod")
    metrics = boto3.client("cloudwatch", region_name=REGION).list_metrics(Namespace=NAMESPACE)["Metrics"]
    assert [(m["MetricName"], m["Dimensions"]) for m in metrics] == [
        (METRIC, [{"Name": "Environment", "Value": "prod"}])
    ]


def test_a_laptop_has_no_heartbeat(aws):
    assert not beat("local")
    assert boto3.client("cloudwatch", region_name=REGION).list_metrics(Namespace=NAMESPACE)["Metrics"] == []


def test_a_heartbeat_that_fails_is_logged(monkeypatch: pytest.MonkeyPatch, caplog):
    monkeypatch.setenv("AWS_ENDPOINT_URL", "http://127.0.0.1:9")
    monkeypatch.setenv("AWS_DEFAULT_REGION", REGION)
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "x")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "x")
    assert not beat("prod")
    assert "cloudwatch:PutMetricData" in caplog.text


def test_the_daily_jobs_success_beats_and_another_jobs_does_not(aws, tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    from keystone_nexus.defs.alerts import heartbeat

    monkeypatch.setenv("KEYSTONE_LAKE", str(tmp_path))
    monkeypatch.setenv("KEYSTONE_ENV", "staging")
    Lake(tmp_path, "staging").create()

    @dg.op
    def nothing() -> None:
        pass

    @dg.job(name="lakehouse")
    def done() -> None:
        nothing()

    with dg.instance_for_test() as instance:
        result = done.execute_in_process(instance=instance)
        context = dg.build_run_status_sensor_context(
            sensor_name="heartbeat",
            dagster_event=result.get_run_success_event(),
            dagster_instance=instance,
            dagster_run=result.dagster_run,
        )
        heartbeat(context)
    metrics = boto3.client("cloudwatch", region_name=REGION).list_metrics(Namespace=NAMESPACE)["Metrics"]
    assert [m["Dimensions"][0]["Value"] for m in metrics] == ["staging"]


def test_gold_that_grew_old_is_told_of_once(tmp_path: Path, inbox, monkeypatch: pytest.MonkeyPatch):
    from keystone_nexus.defs import alerts

    monkeypatch.setenv("KEYSTONE_LAKE", str(tmp_path))
    monkeypatch.setenv("KEYSTONE_ENV", "local")
    with dg.instance_for_test() as instance:
        context = dg.build_sensor_context(instance=instance)
        assert isinstance(alerts.alert_on_freshness(context), dg.SkipReason)
        instance.report_runless_asset_event(dg.AssetMaterialization(alerts.GOLD))
        assert alerts.alert_on_freshness(dg.build_sensor_context(instance=instance)).cursor is None

        class Later(datetime):
            @classmethod
            def now(cls, tz=None):
                return datetime.now(UTC) + alerts.FRESH_FOR * 1.01

        monkeypatch.setattr(alerts, "datetime", Later)
        first = alerts.alert_on_freshness(dg.build_sensor_context(instance=instance))
        alerts.alert_on_freshness(dg.build_sensor_context(instance=instance, cursor=first.cursor))
    (message,) = inbox()
    assert "older than 36 hours" in json.loads(message["Message"])["text"]
