"""Methods that decide how long a trial trains, too: Hyperband and its kin."""
