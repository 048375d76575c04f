"""Results as JSON, CSV, figures, text, and one page to look at."""
