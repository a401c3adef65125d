"""What running it costs: one dated price file, the resources of the Terraform plan, and the footers of the Parquet."""
