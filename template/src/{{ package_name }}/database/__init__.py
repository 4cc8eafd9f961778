"""How we talk to the database. Nothing here knows what the application is about."""
