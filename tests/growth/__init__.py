"""Beyond one database server: what a service promises there, shown on real ones."""
