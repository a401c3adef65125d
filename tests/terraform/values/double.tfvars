# Values for applying to an AWS double, whose account is 123456789012; its address is given at the command line.
account_id        = "123456789012"
alert_emails      = ["ops@example.com"]
github_repository = "example/keystone-nexus"
image_digest      = "sha256:1111111111111111111111111111111111111111111111111111111111111111"
