# The C++ server for order events, on ARM, behind a load balancer inside the VPC that ends TLS.
locals {
  name      = "${var.context.name}-ingest"
  ports     = { grpc = 50051, metrics = 9464 }
  user_keys = { scram = ["username", "password"], mtls = ["certificate", "key"] }[var.authentication]

  # librdkafka reads its credentials from a file: the shell writes it where only the server can read, and becomes it.
  properties = {
    scram = <<-SH
      printf '%s\n' security.protocol=SASL_SSL sasl.mechanisms=SCRAM-SHA-512 \
        "sasl.username=$KAFKA_USERNAME" "sasl.password=$KAFKA_PASSWORD" > /tmp/kafka.properties
    SH
    mtls  = <<-SH
      printf '%s\n' "$KAFKA_CERTIFICATE" > /tmp/client.pem
      printf '%s\n' "$KAFKA_KEY" > /tmp/client.key
      printf '%s\n' security.protocol=SSL ssl.certificate.location=/tmp/client.pem \
        ssl.key.location=/tmp/client.key > /tmp/kafka.properties
    SH
  }[var.authentication]
  start = join("\n", [
    "set -eu; umask 077", trimspace(local.properties),
    "unset ${join(" ", [for key in local.user_keys : "KAFKA_${upper(key)}"])}",
    "exec keystone-ingest --listen 0.0.0.0:50051 --metrics 0.0.0.0:9464 --create-topics --wait-for-kafka 60",
  ])
}

resource "aws_ecs_task_definition" "this" {
  family                   = local.name
  requires_compatibilities = ["FARGATE"]
  network_mode             = "awsvpc"
  cpu                      = 256
  memory                   = 512
  execution_role_arn       = var.role_arns["execution"]
  task_role_arn            = var.role_arns["ingest"]

  runtime_platform {
    operating_system_family = "LINUX"
    cpu_architecture        = "ARM64"
  }

  volume {
    name = "tmp"
  }

  container_definitions = jsonencode([{
    name                   = "ingest"
    image                  = var.image
    essential              = true
    entryPoint             = ["/bin/sh", "-c"]
    command                = [local.start]
    readonlyRootFilesystem = true
    user                   = "65532:65532"
    stopTimeout            = 60
    linuxParameters        = { initProcessEnabled = true, capabilities = { drop = ["ALL"] } }
    mountPoints            = [{ sourceVolume = "tmp", containerPath = "/tmp", readOnly = false }]
    portMappings           = [for name in sort(keys(local.ports)) : { containerPort = local.ports[name], protocol = "tcp" }]
    environment = [
      { name = "KEYSTONE_KAFKA_BROKERS", value = var.brokers },
      { name = "KEYSTONE_KAFKA_CONFIG", value = "/tmp/kafka.properties" },
    ]
    secrets = [for key in local.user_keys : { name = "KAFKA_${upper(key)}", valueFrom = "${var.kafka_secret_arn}:${key}::" }]
    logConfiguration = {
      logDriver = "awslogs"
      options = {
        awslogs-group         = var.log_group_name
        awslogs-region        = var.context.region
        awslogs-stream-prefix = "ingest"
      }
    }
  }])
}

resource "aws_ecs_service" "this" {
  #checkov:skip=CKV_AWS_333:without NAT the public address is the way out that costs least, no rule lets anything in
  name                               = "ingest"
  cluster                            = var.cluster_arn
  task_definition                    = aws_ecs_task_definition.this.arn
  desired_count                      = 1
  launch_type                        = "FARGATE"
  propagate_tags                     = "SERVICE"
  enable_execute_command             = false
  deployment_minimum_healthy_percent = 100
  deployment_maximum_percent         = 200
  health_check_grace_period_seconds  = 90

  deployment_circuit_breaker {
    enable   = true
    rollback = true
  }

  network_configuration {
    subnets          = var.subnet_ids
    security_groups  = [aws_security_group.task.id]
    assign_public_ip = var.public_ip
  }

  load_balancer {
    target_group_arn = aws_lb_target_group.this.arn
    container_name   = "ingest"
    container_port   = local.ports.grpc
  }

  depends_on = [aws_lb_listener.this]
}
