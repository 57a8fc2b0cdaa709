"""THE WORDS AFTER `tftune`: one a file, each with its arguments and what it does."""
