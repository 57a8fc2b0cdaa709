"""HOW A CHART IS DRAWN: plain data first, then SVG for the page or a Matplotlib figure."""
