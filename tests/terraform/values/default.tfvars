compute = "host"
