"""What a service promises when something breaks, shown by breaking it."""
