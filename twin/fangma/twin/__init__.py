"""The application: command line, HTTP, sign-in, live hub, settings, embedded services."""
