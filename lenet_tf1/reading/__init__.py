"""Any picture -> ink -> characters -> strings."""
