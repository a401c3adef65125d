# What each switch adds and what it takes away.
mock_provider "aws" {
  source = "./tests/mocks"
}

variables {
  # Set throughout: Terraform 1.11 passes an ephemeral variable that is not set as one that changed.
  kafka_password    = "twenty-characters-and-more"
  environment       = "staging"
  account_id        = "111122223333"
  region            = "us-east-1"
  alert_emails      = ["ops@example.com"]
  github_repository = "example/keystone-nexus"
  image_digest      = "sha256:${join("", [for _ in range(64) : "0"])}"
}

run "by_default_one_host_and_nothing_of_the_switches" {
  command = plan

  assert {
    condition     = length(module.compute_host) == 1 && length(module.compute_fargate) == 0
    error_message = "one host and no Fargate by default"
  }
  assert {
    condition     = length(module.kafka) + length(module.ingest) + length(module.ecs_cluster) + length(module.ui) == 0
    error_message = "no Kafka, no ingest service, no cluster, no load balancer by default"
  }
  assert {
    condition     = toset(keys(aws_vpc_security_group_ingress_rule.database)) == toset(["host"])
    error_message = "only the host reaches the database"
  }
  assert {
    condition     = length(aws_vpc_security_group_ingress_rule.kafka) == 0
    error_message = "no rule for Kafka without Kafka"
  }
  assert {
    condition     = output.lake == "s3://olist-data-lake-staging-111122223333"
    error_message = "staging's lake has staging in its name"
  }
  assert {
    condition     = output.databases.silver == "staging_silver" && output.workgroups.platform == "keystone-staging"
    error_message = "staging's databases and workgroups have staging in their names"
  }
  assert {
    condition = alltrue([for name in ["AWS_REGION", "DAGSTER_PG_DB", "DAGSTER_PG_HOST", "DAGSTER_PG_SECRET",
      "KEYSTONE_ALERT_TOPIC", "KEYSTONE_ATHENA_WORKGROUP", "KEYSTONE_ENV", "KEYSTONE_KMS_KEY", "KEYSTONE_LAKE",
    "KEYSTONE_LOG_BUCKET", "KEYSTONE_SCHEMA_REGISTRY", "KEYSTONE_SOURCE"] : contains(keys(output.dagster_settings), name)])
    error_message = "the program's settings are all there"
  }
  assert {
    condition     = !contains(keys(output.dagster_settings), "KEYSTONE_KAFKA_BROKERS")
    error_message = "no brokers without streaming"
  }
}

run "production_has_plain_names" {
  command = plan

  variables {
    environment = "prod"
  }
  assert {
    condition     = output.lake == "s3://olist-data-lake-111122223333" && output.databases.gold == "gold"
    error_message = "production's lake and databases have no prefix"
  }
  assert {
    condition     = alltrue([for name in concat(values(output.buckets), values(output.databases)) : !strcontains(name, "staging")])
    error_message = "production names nothing of staging"
  }
}

run "fargate_replaces_the_host" {
  command = plan

  variables {
    compute = "fargate"
  }
  assert {
    condition     = length(module.compute_host) == 0 && length(module.compute_fargate) == 1 && length(module.ecs_cluster) == 1
    error_message = "services instead of the host"
  }
  assert {
    condition     = toset(keys(aws_vpc_security_group_ingress_rule.database)) == toset(["code", "daemon", "webserver"])
    error_message = "each part reaches the database by a rule of its own"
  }
  assert {
    condition     = alltrue([for name in ["KEYSTONE_CODE_HOST", "KEYSTONE_RUN_TASK_DEFINITION", "KEYSTONE_WORKSPACE"] : contains(keys(output.dagster_settings), name)])
    error_message = "the run launcher's settings are there"
  }
  assert {
    condition     = output.host_group == null && output.ui_host == null
    error_message = "neither a host nor a public way to the UI"
  }
}

run "streaming_adds_kafka_and_the_server" {
  command = plan

  variables {
    streaming              = true
    ingest_image_digest    = "sha256:1111111111111111111111111111111111111111111111111111111111111111"
    ingest_certificate_arn = "arn:aws:acm:us-east-1:111122223333:certificate/1"
  }
  assert {
    condition     = length(module.kafka) == 1 && length(module.ingest) == 1 && length(module.compute_host) == 1
    error_message = "Kafka and the server beside the host"
  }
  assert {
    condition     = toset(keys(aws_vpc_security_group_ingress_rule.kafka)) == toset(["host", "ingest"])
    error_message = "only the host and the server reach Kafka"
  }
  assert {
    condition     = alltrue([for rule in aws_vpc_security_group_ingress_rule.kafka : rule.from_port == 9096 && rule.cidr_ipv4 == null])
    error_message = "Kafka is reached by its SCRAM port and from groups, not from addresses"
  }
  assert {
    condition     = contains(keys(output.dagster_settings), "KEYSTONE_KAFKA_BROKERS") && contains(keys(output.role_arns), "ingest")
    error_message = "the brokers are a setting, and the server has a role"
  }
}

run "mtls_uses_certificates_and_no_password" {
  command = plan

  variables {
    streaming                        = true
    ingest_image_digest              = "sha256:1111111111111111111111111111111111111111111111111111111111111111"
    ingest_certificate_arn           = "arn:aws:acm:us-east-1:111122223333:certificate/1"
    kafka_authentication             = "mtls"
    kafka_certificate_authority_arns = ["arn:aws:acm-pca:us-east-1:111122223333:certificate-authority/1"]
    kafka_client_secret_arn          = "arn:aws:secretsmanager:us-east-1:111122223333:secret:client"
  }
  assert {
    condition     = alltrue([for rule in aws_vpc_security_group_ingress_rule.kafka : rule.from_port == 9094])
    error_message = "Kafka is reached by its TLS port"
  }
  assert {
    condition     = length(module.kafka[0].secret_arns) == 0
    error_message = "no Kafka user with mtls"
  }
}

run "the_ui_is_opened_only_with_sign_in" {
  command = plan

  variables {
    compute            = "fargate"
    ui_certificate_arn = "arn:aws:acm:us-east-1:111122223333:certificate/2"
    ui_host_name       = "dagster.example.com"
    ui_client_cidrs    = ["203.0.113.0/24"]
  }
  assert {
    condition     = length(module.ui) == 1 && aws_vpc_security_group_ingress_rule.ui[0].cidr_ipv4 == null
    error_message = "the webserver is reached from the load balancer's group only"
  }
}
