# Values for a plan without an account. 111122223333 is the account of AWS's own examples.
account_id        = "111122223333"
alert_emails      = ["ops@example.com"]
github_repository = "example/keystone-nexus"
image_digest      = "sha256:1111111111111111111111111111111111111111111111111111111111111111"
kafka_password    = "only-for-a-plan-without-an-account"
offline           = true
