"""Every variant as its users live it: installed, checked, served, in containers."""
