"""The executive deck: ten slides for ten minutes, every figure read from gold, charts that can be edited."""
