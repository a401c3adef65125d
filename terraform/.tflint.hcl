plugin "terraform" {
  enabled = true
  preset  = "all"
}

# Modules are of this repository.
rule "terraform_module_version" {
  enabled = false
}

# Files are named by what is in them, not main.tf, variables.tf and outputs.tf alone.
rule "terraform_standard_module_structure" {
  enabled = false
}
