"""Beyond one machine: poolers, replicas and clusters, on real ones."""
