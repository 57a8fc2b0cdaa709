"""Methods that move a population through the space: evolution, swarms, simplices, a controller."""
