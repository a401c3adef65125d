account_id   = "111122223333"
alert_emails = ["ops@example.com"]
offline      = true
