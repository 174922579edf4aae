"""MQTT, HTTP and field buses become observations, state and alarms."""
