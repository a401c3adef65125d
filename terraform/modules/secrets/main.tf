# Places for secrets. Their values are put by a person and are in no state, plan or log of Terraform.
resource "aws_secretsmanager_secret" "kaggle" {
  #checkov:skip=CKV2_AWS_57:Kaggle's token is made anew by a person on Kaggle's site, nothing can rotate it
  name                    = "${var.context.name}/kaggle"
  description             = "Kaggle's token, as its API's JSON: put it with aws secretsmanager put-secret-value"
  kms_key_id              = var.kms_key_arn
  recovery_window_in_days = var.recovery_days
}
