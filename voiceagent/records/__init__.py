"""The system of record: Postgres through SQLAlchemy, and recordings on disk. Nobody else imports sqlalchemy."""
