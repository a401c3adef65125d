# The program's settings as parameters that hosts and people read: /keystone/<environment>/<NAME>.
resource "aws_ssm_parameter" "this" {
  #checkov:skip=CKV2_AWS_34:names and ARNs, no secret
  #checkov:skip=CKV_AWS_337:names and ARNs, no secret
  for_each       = var.settings
  name           = "/keystone/${var.context.environment}/${each.key}"
  description    = "Setting ${each.key} of ${var.context.name}"
  type           = "String"
  insecure_value = each.value
}
