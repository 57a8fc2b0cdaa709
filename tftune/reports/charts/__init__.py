"""HOW A CHART IS DRAWN: plain data first, then SVG for the page or a Matplotlib figure.

The page's SVG is our own because 1,000 learning curves of 20 epochs and parallel coordinates of as
many trials with 6 knobs take 286 and 212 kB in 0.3 s with what hovering tells and the key of each
trial, where Matplotlib's SVG takes 679 and 336 kB in 1.6 s without either, and bakes in its colours.
Plotly's basic bundle (4.1.1) adds 1.19 MB of JavaScript before the first point and draws nothing
without it.
"""
