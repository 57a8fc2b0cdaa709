"""Reference models: what a tuned network has to beat, fitted in seconds on the same split."""
