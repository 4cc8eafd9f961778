"""The parts that depend on MySQL, MariaDB and asyncmy."""
