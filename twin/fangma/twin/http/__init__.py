"""The web server: routes over the registry, one error shape, who may call what."""
