"""What is true whatever the platform and the database; standard library only."""
