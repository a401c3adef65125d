# ARNs of the right form: policies and the provider's own checks read them.
mock_resource "aws_kms_key" {
  defaults = {
    arn = "arn:aws:kms:us-east-1:111122223333:key/00000000-0000-0000-0000-000000000000"
  }
}

mock_resource "aws_sns_topic" {
  defaults = {
    arn = "arn:aws:sns:us-east-1:111122223333:topic"
  }
}

mock_resource "aws_iam_policy" {
  defaults = {
    arn = "arn:aws:iam::111122223333:policy/boundary"
  }
}

mock_resource "aws_iam_role" {
  defaults = {
    arn = "arn:aws:iam::111122223333:role/role"
  }
}

mock_resource "aws_db_instance" {
  defaults = {
    address = "database.internal"
    master_user_secret = [{
      kms_key_id    = "key"
      secret_arn    = "arn:aws:secretsmanager:us-east-1:111122223333:secret:rds!db-1"
      secret_status = "active"
    }]
  }
}

mock_resource "aws_secretsmanager_secret" {
  defaults = {
    arn = "arn:aws:secretsmanager:us-east-1:111122223333:secret:one"
  }
}

mock_resource "aws_glue_registry" {
  defaults = {
    arn = "arn:aws:glue:us-east-1:111122223333:registry/one"
  }
}

mock_resource "aws_ecs_cluster" {
  defaults = {
    arn = "arn:aws:ecs:us-east-1:111122223333:cluster/one"
  }
}

mock_resource "aws_ecs_task_definition" {
  defaults = {
    arn = "arn:aws:ecs:us-east-1:111122223333:task-definition/one:1"
  }
}

mock_resource "aws_lb" {
  defaults = {
    arn      = "arn:aws:elasticloadbalancing:us-east-1:111122223333:loadbalancer/net/one/1"
    dns_name = "one.elb.us-east-1.amazonaws.com"
  }
}

mock_resource "aws_lb_target_group" {
  defaults = {
    arn = "arn:aws:elasticloadbalancing:us-east-1:111122223333:targetgroup/one/1"
  }
}

mock_resource "aws_lb_listener" {
  defaults = {
    arn = "arn:aws:elasticloadbalancing:us-east-1:111122223333:listener/net/one/1/1"
  }
}

mock_resource "aws_cognito_user_pool" {
  defaults = {
    arn = "arn:aws:cognito-idp:us-east-1:111122223333:userpool/us-east-1_one"
  }
}

mock_resource "aws_msk_cluster" {
  defaults = {
    arn                          = "arn:aws:kafka:us-east-1:111122223333:cluster/one/1"
    bootstrap_brokers_sasl_scram = "b-1.one:9096,b-2.one:9096"
    bootstrap_brokers_tls        = "b-1.one:9094,b-2.one:9094"
  }
}

mock_resource "aws_msk_configuration" {
  defaults = {
    arn             = "arn:aws:kafka:us-east-1:111122223333:configuration/one/1"
    latest_revision = 1
  }
}

mock_resource "aws_launch_template" {
  defaults = {
    id             = "lt-1"
    latest_version = 1
  }
}

mock_resource "aws_service_discovery_service" {
  defaults = {
    arn = "arn:aws:servicediscovery:us-east-1:111122223333:service/srv-1"
  }
}
