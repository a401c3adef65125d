"""What running it costs, from one dated file of list prices with their sources."""
