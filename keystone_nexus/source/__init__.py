"""Where the nine CSV files come from: a directory, a zip, S3, Kaggle, or the synthetic generator."""
