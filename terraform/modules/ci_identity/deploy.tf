# What a deployment changes: things of this environment by their names; what has no name, in this region.
locals {
  at      = "${local.region}:${local.account}"
  named   = "${local.name}-*"
  cluster = "arn:aws:ecs:${local.at}"

  own = {
    Storage = { actions = ["s3:*"], resources = [for name in sort(values(var.buckets)) : "arn:aws:s3:::${name}"] }
    Catalog = {
      actions = ["glue:*"]
      resources = concat(
        ["arn:aws:glue:${local.at}:catalog", "arn:aws:glue:${local.at}:registry/${local.name}", "arn:aws:glue:${local.at}:schema/${local.name}/*"],
        [for name in sort(values(var.databases)) : "arn:aws:glue:${local.at}:database/${name}"],
        [for name in sort(values(var.databases)) : "arn:aws:glue:${local.at}:table/${name}/*"],
      )
    }
    Query = { actions = ["athena:*"], resources = [for group in ["", "-explore"] : "arn:aws:athena:${local.at}:workgroup/${local.name}${group}"] }
    Database = {
      actions   = ["rds:*"]
      resources = [for kind in ["db", "subgrp"] : "arn:aws:rds:${local.at}:${kind}:${local.name}"]
    }
    DatabaseParts = {
      actions   = ["rds:*"]
      resources = ["arn:aws:rds:${local.at}:pg:${local.named}", "arn:aws:rds:${local.at}:snapshot:${local.named}"]
    }
    Secrets = {
      actions   = ["secretsmanager:*"]
      resources = [for name in ["${local.name}/*", "AmazonMSK_${local.name}-*", "rds!db-*"] : "arn:aws:secretsmanager:${local.at}:secret:${name}"]
    }
    Settings = { actions = ["ssm:*"], resources = ["arn:aws:ssm:${local.at}:parameter/keystone/${var.context.environment}/*"] }
    Alerts = {
      actions   = ["sns:*", "cloudwatch:*", "events:*"]
      resources = [for thing in ["sns:${local.at}:${local.named}", "cloudwatch:${local.at}:alarm:${local.named}", "cloudwatch::${local.account}:dashboard/${local.name}", "events:${local.at}:rule/${local.named}"] : "arn:aws:${thing}"]
    }
    Logs = {
      actions   = ["logs:*"]
      resources = [for group in ["/${local.name}/*", "/aws/rds/instance/${local.name}/*"] : "arn:aws:logs:${local.at}:log-group:${group}"]
    }
    Budgets = { actions = ["budgets:*"], resources = ["arn:aws:budgets::${local.account}:budget/${local.named}"] }
    Tasks = {
      actions   = ["ecs:*"]
      resources = [for thing in ["cluster/${local.name}", "service/${local.name}/*", "task-definition/${local.named}:*", "task/${local.name}/*"] : "${local.cluster}:${thing}"]
    }
    Streaming = {
      actions   = ["kafka:*"]
      resources = [for kind in ["cluster", "configuration"] : "arn:aws:kafka:${local.at}:${kind}/${local.name}/*"]
    }
    Balancers = {
      actions   = ["elasticloadbalancing:*"]
      resources = [for thing in ["loadbalancer/app/${local.named}", "loadbalancer/net/${local.named}", "targetgroup/${local.named}", "listener/app/${local.named}", "listener/net/${local.named}"] : "arn:aws:elasticloadbalancing:${local.at}:${thing}"]
    }
    Hosts = {
      actions   = ["autoscaling:*"]
      resources = ["arn:aws:autoscaling:${local.at}:autoScalingGroup:*:autoScalingGroupName/${local.named}"]
    }
    Roles = {
      actions   = ["iam:DeleteRole", "iam:DeleteRolePolicy", "iam:TagRole", "iam:UntagRole", "iam:UpdateAssumeRolePolicy", "iam:UpdateRole", "iam:UpdateRoleDescription"]
      resources = [for role in ["runner", "webserver", "ingest", "execution", "analyst"] : "arn:aws:iam::${local.account}:role/${local.name}-${role}"]
    }
    Profiles = {
      actions   = ["iam:AddRoleToInstanceProfile", "iam:CreateInstanceProfile", "iam:DeleteInstanceProfile", "iam:RemoveRoleFromInstanceProfile", "iam:TagInstanceProfile"]
      resources = ["arn:aws:iam::${local.account}:instance-profile/${local.name}-runner"]
    }
  }

  deploy_policies = {
    own = [for sid, what in local.own : { Sid = sid, Effect = "Allow", Action = what.actions, Resource = what.resources }]

    # A role can only be made, or get a policy, with the boundary on it, and neither the boundary nor the roles of CI
    # can be changed from here: an administrator does that.
    roles = [
      {
        Sid       = "RolesWithTheBoundary"
        Effect    = "Allow"
        Action    = ["iam:CreateRole", "iam:PutRolePermissionsBoundary", "iam:PutRolePolicy"]
        Resource  = [for role in ["runner", "webserver", "ingest", "execution", "analyst"] : "arn:aws:iam::${local.account}:role/${local.name}-${role}"]
        Condition = { StringEquals = { "iam:PermissionsBoundary" = "arn:aws:iam::${local.account}:policy/${local.name}-boundary" } }
      },
      {
        Sid       = "HandOverRoles"
        Effect    = "Allow"
        Action    = "iam:PassRole"
        Resource  = [for role in ["runner", "webserver", "ingest", "execution"] : "arn:aws:iam::${local.account}:role/${local.name}-${role}"]
        Condition = { StringEquals = { "iam:PassedToService" = ["ec2.amazonaws.com", "ecs-tasks.amazonaws.com"] } }
      },
    ]

    unnamed = [
      {
        Sid    = "WhatHasNoName"
        Effect = "Allow"
        Action = [
          "application-autoscaling:*ScalableTarget", "application-autoscaling:*ScalingPolicy", "ec2:*FlowLogs",
          "ec2:*InternetGateway", "ec2:*LaunchTemplate*", "ec2:*Route", "ec2:*RouteTable", "ec2:*SecurityGroup*",
          "ec2:*Subnet*", "ec2:*Tags", "ec2:*Vpc*", "ec2:RunInstances", "ecs:DeregisterTaskDefinition",
          "ecs:RegisterTaskDefinition", "kafka:CreateCluster", "kafka:CreateConfiguration", "kms:CreateKey",
          "logs:CreateLogDelivery", "logs:DeleteLogDelivery", "servicediscovery:*",
        ]
        Resource  = "*"
        Condition = { StringEquals = { "aws:RequestedRegion" = local.region } }
      },
      {
        Sid    = "KeysOfThisEnvironment"
        Effect = "Allow"
        Action = [
          "kms:CreateAlias", "kms:CreateGrant", "kms:Decrypt", "kms:DeleteAlias", "kms:EnableKeyRotation",
          "kms:GenerateDataKey", "kms:PutKeyPolicy", "kms:ScheduleKeyDeletion", "kms:TagResource", "kms:UpdateAlias",
          "kms:UpdateKeyDescription",
        ]
        Resource  = "arn:aws:kms:${local.at}:key/*"
        Condition = { StringEquals = { "aws:ResourceTag/Environment" = var.context.environment } }
      },
      {
        Sid      = "AliasesOfThisEnvironment"
        Effect   = "Allow"
        Action   = ["kms:CreateAlias", "kms:DeleteAlias", "kms:UpdateAlias"]
        Resource = "arn:aws:kms:${local.at}:alias/${local.named}"
      },
      { Sid = "RegistryLogin", Effect = "Allow", Action = "ecr:GetAuthorizationToken", Resource = "*" },
      {
        Sid    = "PushImages"
        Effect = "Allow"
        Action = [
          "ecr:BatchCheckLayerAvailability", "ecr:BatchGetImage", "ecr:CompleteLayerUpload",
          "ecr:GetDownloadUrlForLayer", "ecr:InitiateLayerUpload", "ecr:PutImage", "ecr:UploadLayerPart",
        ]
        Resource = [for name in ["keystone-nexus", "keystone-ingest"] : "arn:aws:ecr:${local.at}:repository/${name}"]
      },
      {
        Sid      = "RollOutOnTheHost"
        Effect   = "Allow"
        Action   = "ssm:SendCommand"
        Resource = "arn:aws:ssm:${local.region}::document/AWS-RunShellScript"
      },
      {
        Sid       = "RollOutOnThisHostOnly"
        Effect    = "Allow"
        Action    = "ssm:SendCommand"
        Resource  = "arn:aws:ec2:${local.at}:instance/*"
        Condition = { StringEquals = { "ssm:resourceTag/Environment" = var.context.environment } }
      },
      {
        Sid      = "FollowTheRollOut"
        Effect   = "Allow"
        Action   = ["ssm:GetCommandInvocation", "ssm:ListCommandInvocations"]
        Resource = "*"
      },
    ]

    write-state = [{
      Sid      = "WriteState"
      Effect   = "Allow"
      Action   = "s3:PutObject"
      Resource = local.state_key
    }]
  }
}
