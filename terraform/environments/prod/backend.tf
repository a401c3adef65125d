# The state: its bucket is made by terraform/bootstrap and named at init,
#   terraform init -backend-config="bucket=keystone-state-<account>"
terraform {
  backend "s3" {
    key          = "keystone/prod/terraform.tfstate"
    region       = "us-east-1"
    encrypt      = true
    use_lockfile = true
  }
}
