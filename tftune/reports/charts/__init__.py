"""HOW A CHART IS DRAWN: plain data first, then SVG for the page or a Matplotlib figure.

The page's SVG is our own because 1,000 learning curves of 20 epochs and parallel coordinates of as
many trials with 6 knobs take 286 and 212 kB in 0.22 s, with the key of each trial and what hovering
tells, where Matplotlib's SVG takes 679 and 336 kB in 1.1 s without either and with its colours
fixed. Plotly's basic bundle (4.1.1) is 1.19 MB of JavaScript before the first point, and draws
nothing where JavaScript is off.
"""
