"""THE REPORT IN ONE FILE: views as HTML that needs no network."""
