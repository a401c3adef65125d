# What runs: one definition for each service and one for runs, all of the same image.
locals {
  name = var.context.name
  parts = {
    webserver = { role = "webserver", port = 3000, command = ["webserver"] }
    daemon    = { role = "runner", port = null, command = ["daemon"] }
    code      = { role = "runner", port = 4000, command = ["code-location"] }
    run       = { role = "runner", port = null, command = ["run"] }
  }
  services  = { for part, what in local.parts : part => what if part != "run" }
  code_host = "code.${local.name}.internal"
  own_setting = {
    DAGSTER_HOME         = "/tmp/dagster"
    KEYSTONE_COMPUTE     = "fargate"
    KEYSTONE_CODE_HOST   = local.code_host
    KEYSTONE_CODE_PORT   = "4000"
    KEYSTONE_ECS_CLUSTER = var.cluster_arn
    KEYSTONE_RUN_TASK    = "${local.name}-run"
  }
  environment = merge(var.settings, local.own_setting)
}

resource "aws_ecs_task_definition" "this" {
  for_each                 = local.parts
  family                   = "${local.name}-${each.key}"
  requires_compatibilities = ["FARGATE"]
  network_mode             = "awsvpc"
  cpu                      = var.sizes[each.key].cpu
  memory                   = var.sizes[each.key].memory
  execution_role_arn       = var.role_arns["execution"]
  task_role_arn            = var.role_arns[each.value.role]

  runtime_platform {
    operating_system_family = "LINUX"
    cpu_architecture        = "ARM64"
  }

  # The only place that can be written; it goes with the task.
  volume {
    name = "tmp"
  }

  container_definitions = jsonencode([{
    name                   = each.key
    image                  = var.image
    essential              = true
    command                = each.value.command
    readonlyRootFilesystem = true
    user                   = "65532:65532"
    linuxParameters        = { initProcessEnabled = true, capabilities = { drop = ["ALL"] } }
    mountPoints            = [{ sourceVolume = "tmp", containerPath = "/tmp", readOnly = false }]
    environment            = [for name in sort(keys(local.environment)) : { name = name, value = local.environment[name] }]
    portMappings           = each.value.port == null ? [] : [{ containerPort = each.value.port, protocol = "tcp" }]
    logConfiguration = {
      logDriver = "awslogs"
      options = {
        awslogs-group         = var.log_group_names[each.key]
        awslogs-region        = var.context.region
        awslogs-stream-prefix = each.key
      }
    }
  }])
}
