"""Methods that fit a model to the results and propose where it promises most."""
