# What a plan reads: how things are set up, never what is in them.
locals {
  state     = "arn:aws:s3:::${var.state_bucket}"
  state_key = "${local.state}/keystone/${var.context.environment}/*"

  plan_policies = {
    look = [
      {
        Sid    = "HowThingsAreSetUp"
        Effect = "Allow"
        Action = [
          "application-autoscaling:Describe*", "application-autoscaling:List*", "athena:Get*", "athena:List*",
          "autoscaling:Describe*", "budgets:Describe*", "budgets:List*", "budgets:View*", "cloudwatch:Describe*",
          "cloudwatch:Get*", "cloudwatch:List*", "cognito-idp:Describe*", "cognito-idp:Get*", "cognito-idp:List*",
          "ec2:Describe*", "ec2:Get*", "ecr:Describe*", "ecr:Get*", "ecr:List*", "ecs:Describe*", "ecs:List*",
          "elasticloadbalancing:Describe*", "events:Describe*", "events:List*", "glue:Get*", "glue:List*", "iam:Get*",
          "iam:List*", "kafka:Describe*", "kafka:Get*", "kafka:List*", "kms:Describe*", "kms:Get*", "kms:List*",
          "logs:Describe*", "logs:List*", "rds:Describe*", "rds:List*", "route53:Get*", "route53:List*",
          "s3:GetAccelerateConfiguration", "s3:GetBucket*", "s3:GetEncryptionConfiguration",
          "s3:GetInventoryConfiguration", "s3:GetLifecycleConfiguration", "s3:GetReplicationConfiguration",
          "s3:ListAllMyBuckets", "s3:ListBucket", "secretsmanager:Describe*", "secretsmanager:GetResourcePolicy",
          "servicediscovery:Get*", "servicediscovery:List*", "sns:Get*", "sns:List*", "ssm:Describe*", "ssm:List*",
        ]
        Resource = "*"
      },
      {
        Sid      = "SettingsOfThisEnvironment"
        Effect   = "Allow"
        Action   = ["ssm:GetParameter", "ssm:GetParameters"]
        Resource = "arn:aws:ssm:${local.region}:${local.account}:parameter/keystone/${var.context.environment}/*"
      },
      {
        Sid    = "NeverWhatIsInThem"
        Effect = "Deny"
        Action = ["secretsmanager:GetSecretValue", "athena:GetQueryResults"]

        Resource = "*"
      },
      {
        Sid         = "OnlyStateIsRead"
        Effect      = "Deny"
        Action      = ["s3:GetObject", "s3:GetObjectVersion"]
        NotResource = local.state_key
      },
    ]
    state = [
      { Sid = "FindState", Effect = "Allow", Action = "s3:ListBucket", Resource = local.state },
      {
        Sid      = "ReadStateAndLock"
        Effect   = "Allow"
        Action   = "s3:GetObject"
        Resource = local.state_key
      },
      {
        Sid      = "Lock"
        Effect   = "Allow"
        Action   = ["s3:DeleteObject", "s3:PutObject"]
        Resource = "${local.state}/keystone/${var.context.environment}/terraform.tfstate.tflock"
      },
      {
        Sid       = "KeyOfState"
        Effect    = "Allow"
        Action    = ["kms:Decrypt", "kms:GenerateDataKey"]
        Resource  = "arn:aws:kms:${local.region}:${local.account}:key/*"
        Condition = { "ForAnyValue:StringEquals" = { "kms:ResourceAliases" = "alias/keystone-account" } }
      },
    ]
  }
}
