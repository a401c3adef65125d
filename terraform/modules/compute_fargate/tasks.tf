# What runs: one definition for each service and one for runs, all of the same image.
locals {
  name = var.context.name
  parts = {
    webserver = { role = "webserver", port = 3000 }
    daemon    = { role = "runner", port = null }
    code      = { role = "runner", port = 4000 }
    run       = { role = "runner", port = null }
  }
  services  = { for part, what in local.parts : part => what if part != "run" }
  code_host = "code.${local.name}.internal"
  # What the image's entry point and Dagster's settings for ECS read. A run gets its command from the launcher.
  own_settings = {
    DAGSTER_HOME                 = "/opt/keystone/fargate"
    KEYSTONE_BIND                = "0.0.0.0"
    KEYSTONE_CODE_HOST           = local.code_host
    KEYSTONE_CODE_PORT           = "4000"
    KEYSTONE_IMAGE               = var.image
    KEYSTONE_RUN_TASK_DEFINITION = "${local.name}-run"
    KEYSTONE_WORKSPACE           = "/opt/keystone/fargate/workspace.yaml"
  }
  environment = merge(var.settings, local.own_settings)
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
    readonlyRootFilesystem = true
    user                   = "65532:65532"
    linuxParameters        = { initProcessEnabled = true, capabilities = { drop = ["ALL"] } }
    mountPoints            = [{ sourceVolume = "tmp", containerPath = "/tmp", readOnly = false }]
    environment = concat(
      [{ name = "KEYSTONE_ROLE", value = each.key }],
      [for name in sort(keys(local.environment)) : { name = name, value = local.environment[name] }],
    )
    portMappings = each.value.port == null ? [] : [{ containerPort = each.value.port, protocol = "tcp" }]
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
