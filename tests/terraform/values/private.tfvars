private              = true
host_image_parameter = "/keystone/images/host"
