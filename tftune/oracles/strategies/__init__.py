"""Methods made of other methods: coarse to fine, knob by knob."""
