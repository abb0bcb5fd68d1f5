"""What everything may use: errors, reports, the console, durable files, the machine."""
