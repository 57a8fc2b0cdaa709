"""A HyperModel as a scikit-learn estimator, and its space for scikit-learn's searches."""
