"""A subscriber's MQTT 3.1.1: packets without sockets (``wire``), a connection (``connection``)."""
