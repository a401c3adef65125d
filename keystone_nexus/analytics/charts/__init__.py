"""Charts for paper, slides and notebooks: each a function from a frame to an Altair chart."""
