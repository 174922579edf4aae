"""The registry in PostgreSQL: the only modules of this folder that know psycopg."""
