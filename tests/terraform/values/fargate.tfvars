compute = "fargate"
