"""The parts that depend on MySQL, MariaDB and {{ 'asyncmy' if is_async else 'PyMySQL' }}."""
