"""What a service does beyond its first machine, shown on real servers and tools."""
