"""`keystone`: the command line. Starts fast, because each command imports what it needs when it runs."""
