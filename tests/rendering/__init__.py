"""What is asked and what is rendered: read, checked, never run."""
