# One small host in a group of one: a host that dies is replaced, and has nothing that is missed.
resource "aws_security_group" "this" {
  #checkov:skip=CKV2_AWS_5:attached by the launch template below
  name        = "${var.context.name}-host"
  description = "The host: nothing comes in, HTTPS and package mirrors go out"
  vpc_id      = var.vpc_id
  tags        = { Name = "${var.context.name}-host" }
}

resource "aws_vpc_security_group_egress_rule" "out" {
  for_each          = { https = 443, package-mirrors = 80 }
  security_group_id = aws_security_group.this.id
  description       = "To AWS and package mirrors: ${each.key}"
  cidr_ipv4         = "0.0.0.0/0"
  ip_protocol       = "tcp"
  from_port         = each.value
  to_port           = each.value
}

resource "aws_launch_template" "this" {
  #checkov:skip=CKV_AWS_88:the public address is the way out that costs least, no rule lets anything in
  name                   = "${var.context.name}-host"
  description            = "The host of ${var.context.name}"
  image_id               = "resolve:ssm:${var.image_parameter}"
  instance_type          = var.instance_type
  update_default_version = true
  ebs_optimized          = true

  user_data = base64encode(templatefile("${path.module}/user_data.sh.tftpl", {
    settings_path = var.settings_path
    region        = var.context.region
    registry      = "${var.context.account_id}.dkr.ecr.${var.context.region}.amazonaws.com"
    log_group     = var.log_group_name
  }))

  iam_instance_profile {
    name = var.instance_profile_name
  }

  metadata_options {
    http_endpoint               = "enabled"
    http_tokens                 = "required"
    http_put_response_hop_limit = 1
    instance_metadata_tags      = "disabled"
  }

  monitoring {
    enabled = false
  }

  network_interfaces {
    associate_public_ip_address = var.public_ip
    security_groups             = [aws_security_group.this.id]
    delete_on_termination       = true
  }

  block_device_mappings {
    device_name = "/dev/sda1"

    ebs {
      volume_type           = "gp3"
      volume_size           = var.volume_gb
      encrypted             = true
      delete_on_termination = true
    }
  }

  tag_specifications {
    resource_type = "instance"
    tags          = { Name = "${var.context.name}-host" }
  }
}

resource "aws_autoscaling_group" "this" {
  name                = "${var.context.name}-host"
  min_size            = 1
  max_size            = 1
  desired_capacity    = 1
  vpc_zone_identifier = var.subnet_ids
  health_check_type   = "EC2"
  enabled_metrics     = ["GroupInServiceInstances", "GroupDesiredCapacity"]

  launch_template {
    id      = aws_launch_template.this.id
    version = aws_launch_template.this.latest_version
  }

  instance_refresh {
    strategy = "Rolling"

    preferences {
      min_healthy_percentage = 0
    }
  }

  dynamic "tag" {
    for_each = { Name = "${var.context.name}-host", Environment = var.context.environment }

    content {
      key                 = tag.key
      value               = tag.value
      propagate_at_launch = true
    }
  }
}
