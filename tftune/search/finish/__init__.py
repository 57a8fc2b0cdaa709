"""What is made of a search when it is over: averaged weights, a refit, an ensemble of its best."""
