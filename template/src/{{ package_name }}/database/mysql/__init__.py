"""What is particular to MySQL, MariaDB and {{ 'asyncmy' if is_async else 'PyMySQL' }}."""
