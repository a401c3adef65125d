# Three services that roll over without a gap, and back by themselves when the new tasks do not come up.
resource "aws_ecs_service" "this" {
  #checkov:skip=CKV_AWS_333:without NAT the public address is the way out that costs least, no rule lets anything in
  for_each        = local.services
  name            = each.key
  cluster         = var.cluster_arn
  task_definition = aws_ecs_task_definition.this[each.key].arn
  desired_count   = 1
  launch_type     = "FARGATE"
  propagate_tags  = "SERVICE"

  enable_execute_command = false

  # Two daemons at once would start runs twice: the old one goes first.
  deployment_minimum_healthy_percent = each.key == "daemon" ? 0 : 100
  deployment_maximum_percent         = each.key == "daemon" ? 100 : 200

  deployment_circuit_breaker {
    enable   = true
    rollback = true
  }

  network_configuration {
    subnets          = var.subnet_ids
    security_groups  = [aws_security_group.this[each.key].id]
    assign_public_ip = var.public_ip
  }

  dynamic "service_registries" {
    for_each = each.key == "code" ? [aws_service_discovery_service.code.arn] : []

    content {
      registry_arn = service_registries.value
    }
  }

  dynamic "load_balancer" {
    for_each = each.key == "webserver" && var.ui_target_group_arn != null ? [var.ui_target_group_arn] : []

    content {
      target_group_arn = load_balancer.value
      container_name   = "webserver"
      container_port   = 3000
    }
  }

  lifecycle {
    ignore_changes = [desired_count]
  }
}

resource "aws_service_discovery_private_dns_namespace" "this" {
  name        = "${local.name}.internal"
  description = "Names of ${local.name}'s services"
  vpc         = var.vpc_id
}

resource "aws_service_discovery_service" "code" {
  name = "code"

  dns_config {
    namespace_id   = aws_service_discovery_private_dns_namespace.this.id
    routing_policy = "MULTIVALUE"

    dns_records {
      type = "A"
      ttl  = 10
    }
  }
}

resource "aws_appautoscaling_target" "this" {
  for_each           = { for part, size in var.sizes : part => size if size.most > 1 }
  service_namespace  = "ecs"
  scalable_dimension = "ecs:service:DesiredCount"
  resource_id        = "service/${local.name}/${aws_ecs_service.this[each.key].name}"
  min_capacity       = 1
  max_capacity       = each.value.most
}

resource "aws_appautoscaling_policy" "cpu" {
  for_each           = aws_appautoscaling_target.this
  name               = "${local.name}-${each.key}-cpu"
  policy_type        = "TargetTrackingScaling"
  service_namespace  = each.value.service_namespace
  scalable_dimension = each.value.scalable_dimension
  resource_id        = each.value.resource_id

  target_tracking_scaling_policy_configuration {
    target_value       = 70
    scale_in_cooldown  = 300
    scale_out_cooldown = 60

    predefined_metric_specification {
      predefined_metric_type = "ECSServiceAverageCPUUtilization"
    }
  }
}
