# Two roles for GitHub's workflows, without a stored key: one plans, one deploys. The token that GitHub signs says which
# repository and which of its environments asks; nothing else is let in.
locals {
  name     = var.context.name
  account  = var.context.account_id
  region   = var.context.region
  provider = "token.actions.githubusercontent.com"

  subjects = {
    ci-plan   = ["repo:${var.repository}:pull_request", "repo:${var.repository}:environment:${var.context.environment}"]
    ci-deploy = ["repo:${var.repository}:environment:${var.context.environment}"]
  }
  policies = {
    ci-plan   = local.plan_policies
    ci-deploy = merge(local.plan_policies, local.deploy_policies)
  }
  attached = merge([for role, policies in local.policies : {
    for name, statements in policies : "${role}/${name}" => { role = role, name = name, statements = statements }
  }]...)
}

resource "aws_iam_role" "this" {
  #checkov:skip=CKV_AWS_393:the subjects above name one repository and exact claims, which checkov cannot read through each.value
  for_each             = local.subjects
  name                 = "${local.name}-${each.key}"
  description          = "GitHub's workflows of ${var.repository}: ${each.key}"
  max_session_duration = 3600

  assume_role_policy = jsonencode({
    Version = "2012-10-17"
    Statement = [{
      Effect    = "Allow"
      Principal = { Federated = "arn:aws:iam::${local.account}:oidc-provider/${local.provider}" }
      Action    = "sts:AssumeRoleWithWebIdentity"
      Condition = { StringEquals = {
        "${local.provider}:aud" = "sts.amazonaws.com"
        "${local.provider}:sub" = each.value
      } }
    }]
  })
}

# Policies of their own, since IAM takes 10,240 characters within a role and the deployment needs more.
resource "aws_iam_policy" "this" {
  #checkov:skip=CKV_AWS_355:the calls that list and describe, and those that make things without a name, know no resources
  #checkov:skip=CKV_AWS_290:what is made without a name is narrowed to the region and to tags of this environment
  #checkov:skip=CKV_AWS_289:roles are named by this environment's prefix and made only with its boundary
  #checkov:skip=CKV_AWS_288:neither role reads objects of the lake or values of secrets, which is denied
  #checkov:skip=CKV_AWS_286:roles are named by this environment's prefix and made only with its boundary
  #checkov:skip=CKV_AWS_287:neither role reads values of secrets, which is denied
  for_each    = local.attached
  name        = "${local.name}-${replace(each.key, "/", "-")}"
  description = "${local.name}: ${each.value.role}, ${each.value.name}"

  policy = jsonencode({
    Version   = "2012-10-17"
    Statement = each.value.statements
  })
}

resource "aws_iam_role_policy_attachment" "this" {
  for_each   = local.attached
  role       = aws_iam_role.this[each.value.role].name
  policy_arn = aws_iam_policy.this[each.key].arn
}
