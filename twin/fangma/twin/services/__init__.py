"""The services that a twin needs, in its home: PostgreSQL with PostGIS, an MQTT broker."""
